// Differences of two packs, by the part of the pack that they are about.
import type { PackChange } from '@/api/keeping'

export interface ChangesOf {
  /** The first part of the path: rules, redo, figures. */
  part: string
  changes: PackChange[]
}

/** Return the differences by part, in the order in which the parts first appear. */
export function byPart(changes: readonly PackChange[]): ChangesOf[] {
  const parts = new Map<string, PackChange[]>()
  for (const change of changes) {
    const part = change.path.split(/[.[]/)[0] ?? change.path
    parts.set(part, [...(parts.get(part) ?? []), change])
  }
  return [...parts].map(([part, found]) => ({ part, changes: found }))
}
