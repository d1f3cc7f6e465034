// The exposure list as a table: what is shown of each unit, in which order, and what it adds up to.
import { EXPOSED_KINDS, type ExposedKind, type ExposureLine } from '@/api/exposure'

export type Totals = Record<ExposedKind, number>

/** Return the sum over all units. */
export function totals(lines: readonly ExposureLine[]): Totals {
  const sum = Object.fromEntries(EXPOSED_KINDS.map((kind) => [kind, 0])) as Totals
  for (const line of lines) for (const kind of EXPOSED_KINDS) sum[kind] += line[kind]
  return sum
}

/** Return the units by one column, the most first; ties stay in the order that the centre gave. */
export function sorted(lines: readonly ExposureLine[], by: ExposedKind | null): ExposureLine[] {
  if (by === null) return [...lines]
  return [...lines].sort((a, b) => b[by] - a[by])
}

/** Return the share of a bar, 0..1, of the longest in its column. */
export function shareOf(lines: readonly ExposureLine[], line: ExposureLine, kind: ExposedKind): number {
  const most = Math.max(...lines.map((one) => one[kind]), 0)
  return most === 0 ? 0 : line[kind] / most
}

/** Return the day `days` before `today`; days as "2026-11-23". */
export function dayBefore(today: string, days: number): string {
  const at = new Date(`${today}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() - days)
  return at.toISOString().slice(0, 10)
}
