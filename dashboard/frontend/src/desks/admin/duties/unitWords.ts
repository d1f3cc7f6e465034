// Units of a cell in words: their names, patterns as they are written.
import { session } from '@/session'

import { helpersOf } from './cells'

export function unitWords(cell: string): string {
  const names = new Map((session.city?.units ?? []).map((unit) => [unit.code, unit.name]))
  return helpersOf(cell).map((code) => names.get(code) ?? code).join('、')
}
