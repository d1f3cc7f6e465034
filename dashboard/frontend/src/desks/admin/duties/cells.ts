// A line of the responsibility list as cells: what was changed, and which cell a refusal speaks of.
import type { DutyCells, DutyLine } from '@/api/duties'

export const CELLS = [
  'duty_no', 'category', 'area', 'level', 'lead', 'helpers', 'fallback',
  'legal_basis', 'department_only', 'valid_from', 'valid_until', 'owner', 'note',
] as const
export type CellName = (typeof CELLS)[number]
export type Cells = Record<CellName, string>

export const EMPTY: Cells = Object.fromEntries(CELLS.map((cell) => [cell, cell === 'department_only' ? '0' : ''])) as Cells

/** The headings of the sheet, by which the centre names a wrong cell. */
const HEADINGS: Record<string, CellName> = {
  条目编号: 'duty_no',
  事项代码: 'category',
  区域代码: 'area',
  层级: 'level',
  主办单位: 'lead',
  协办单位: 'helpers',
  兜底单位: 'fallback',
  法律依据: 'legal_basis',
  仅部门办理: 'department_only',
  生效日期: 'valid_from',
  失效日期: 'valid_until',
  维护责任: 'owner',
  备注: 'note',
}

export function cellsOf(line: DutyLine): Cells {
  return Object.fromEntries(CELLS.map((cell) => [cell, line[cell]])) as Cells
}

/** Return the cells of `typed` that are not as in `before`. */
export function changedCells(before: Cells, typed: Partial<Cells>): DutyCells {
  const changed = CELLS.filter((cell) => typed[cell] !== undefined && typed[cell] !== before[cell])
  return Object.fromEntries(changed.map((cell) => [cell, typed[cell]]))
}

export interface CellDiff {
  cell: CellName
  before: string
  after: string
}

/** Return what would change, cell by cell in the order of the sheet. */
export function diffOf(before: Cells, typed: Partial<Cells>): CellDiff[] {
  const changed = changedCells(before, typed)
  return CELLS.filter((cell) => cell in changed).map((cell) => ({ cell, before: before[cell], after: changed[cell] ?? '' }))
}

/** Return what a refusal says of each cell: "主办单位：没有这个单位；失效日期：…". */
export function wrongCells(message: string): Partial<Record<CellName, string>> {
  const wrong: Partial<Record<CellName, string>> = {}
  for (const part of message.split('；')) {
    const [heading, ...said] = part.split('：')
    const cell = HEADINGS[heading?.trim() ?? '']
    if (!cell || !said.length) continue
    const sentence = said.join('：')
    wrong[cell] = wrong[cell] ? `${wrong[cell]}；${sentence}` : sentence
  }
  return wrong
}

export const helpersOf = (text: string): string[] => text.split('|').map((one) => one.trim()).filter(Boolean)

export type Standing = 'now' | 'later' | 'over'

/** Say whether a line holds on `today`. */
export function standingOf(line: Pick<DutyLine, 'valid_from' | 'valid_until'>, today: string): Standing {
  if (line.valid_from > today) return 'later'
  return line.valid_until && line.valid_until < today ? 'over' : 'now'
}
