// A year as twelve months of weeks, Monday first, with what each day is.
import type { CalendarDay } from '@/api/keeping'

/** work, off: as its weekday says. holiday, makeUp: not as its weekday says. half: works, but not the usual hours. */
export type DayKind = 'work' | 'off' | 'holiday' | 'makeUp' | 'half'

export interface GridDay {
  /** "2026-10-01" */
  on: string
  day: number
  kind: DayKind
  name: string
  spans: string
  source: CalendarDay['source'] | null
}

export interface GridMonth {
  month: number
  /** null: before the first or after the last day of the month. */
  weeks: (GridDay | null)[][]
}

export function kindOf(weekday: number, special: Pick<CalendarDay, 'works' | 'spans'> | undefined): DayKind {
  const usual = weekday !== 0 && weekday !== 6
  if (!special) return usual ? 'work' : 'off'
  if (!special.works) return usual ? 'holiday' : 'off'
  if (special.spans) return 'half'
  return usual ? 'work' : 'makeUp'
}

const two = (n: number) => String(n).padStart(2, '0')

function monthGrid(year: number, month: number, special: ReadonlyMap<string, CalendarDay>): GridMonth {
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const lead = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7
  const cells: (GridDay | null)[] = Array.from({ length: lead }, () => null)
  for (let day = 1; day <= days; day++) {
    const on = `${year}-${two(month)}-${two(day)}`
    const known = special.get(on)
    const weekday = (lead + day) % 7 // 0 = Sunday
    cells.push({ on, day, kind: kindOf(weekday, known), name: known?.name ?? '', spans: known?.spans ?? '', source: known?.source ?? null })
  }
  while (cells.length % 7) cells.push(null)
  return { month, weeks: Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7)) }
}

export function yearGrid(year: number, days: readonly CalendarDay[]): GridMonth[] {
  const special = new Map(days.map((day) => [day.on, day]))
  return Array.from({ length: 12 }, (_, at) => monthGrid(year, at + 1, special))
}

/** Return how many days of the year are of each kind. */
export function countKinds(months: readonly GridMonth[]): Record<DayKind, number> {
  const counts: Record<DayKind, number> = { work: 0, off: 0, holiday: 0, makeUp: 0, half: 0 }
  for (const { weeks } of months) for (const day of weeks.flat()) if (day) counts[day.kind]++
  return counts
}

export interface Strip {
  /** In percent of the day, from midnight. */
  from: number
  width: number
  words: string
}

const MINUTES = 24 * 60
const minutesOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))

/** Return "09:00–12:00" as a piece of the day's strip. */
export function stripOf(span: string): Strip {
  const [from, to] = span.split('–').map(minutesOf) as [number, number]
  return { from: (from / MINUTES) * 100, width: ((to - from) / MINUTES) * 100, words: span }
}
