// Who stands below whom among the city's units.
import type { Unit } from '@/api/types'

/** Say whether `code` is a unit somewhere below `above`; a unit is not below itself. */
export function isBelow(code: string, above: string, units: readonly Unit[]): boolean {
  const parents = new Map(units.map((unit) => [unit.code, unit.parent]))
  const seen = new Set<string>()
  for (let at = parents.get(code); at && !seen.has(at); at = parents.get(at)) {
    if (at === above) return true
    seen.add(at)
  }
  return false
}
