// A figure in words: what kind of number it is, whether there are enough cases, and how the list is grouped.
import type { FigureName, FigureStanding, FigureValue } from '@/api/figures'

/** The groups in which the page shows the figures; what the centre adds later stands in the last one. */
export const GROUPS: readonly { name: string; codes: readonly string[] }[] = [
  { name: 'rates', codes: ['responded', 'solved', 'satisfied'] },
  { name: 'satisfaction', codes: ['satisfied_deemed', 'grade_mean', 'called_back'] },
  {
    name: 'time',
    codes: ['on_time', 'signed_on_time', 'replied_on_time', 'handling_working', 'handling_natural', 'overdue', 'overdue_open'],
  },
  {
    name: 'quality',
    codes: ['first_right', 'by_machine', 'sendings_mean', 'solved_first', 'solved_second', 'solved_third', 'returned', 'redone', 'sent_back'],
  },
  { name: 'watch', codes: ['extended', 'urged', 'supervised', 'yellow_cards', 'red_cards'] },
  { name: 'volume', codes: ['opened', 'direct', 'repeated', 'sent'] },
]

export interface FigureGroupShown {
  name: string
  figures: FigureName[]
}

/** Return the figures by group, in the order of GROUPS; unknown ones under "other". */
export function grouped(names: readonly FigureName[]): FigureGroupShown[] {
  const byCode = new Map(names.map((name) => [name.code, name]))
  const placed = new Set(GROUPS.flatMap((group) => group.codes))
  const groups = GROUPS.map(({ name, codes }) => ({ name, figures: codes.flatMap((code) => byCode.get(code) ?? []) }))
  const other = { name: 'other', figures: names.filter((name) => !placed.has(name.code)) }
  return [...groups, other].filter((group) => group.figures.length > 0)
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

/** A whole number as it is, a half with one place. */
export function plain(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** Say whether a share stands on too few cases to be compared. */
export function tooFew(name: FigureName | undefined, value: FigureValue, rankFrom: number): boolean {
  return name?.kind !== 'count' && value.denominator < rankFrom
}

export interface Tier {
  /** The type of unit: department, bureau, district, street, enterprise. */
  type: string
  load: FigureStanding['load']
  rows: FigureStanding[]
}

const LOADS: readonly FigureStanding['load'][] = ['high', 'normal', 'low']

/** Return the standings in tiers: like with like, busy ones first; ranked rows by rank, the others by name. */
export function tiersOf(standings: readonly FigureStanding[]): Tier[] {
  const tiers = new Map<string, Tier>()
  for (const one of standings) {
    const key = `${one.type} ${one.load}`
    const tier = tiers.get(key) ?? { type: one.type, load: one.load, rows: [] }
    tier.rows.push(one)
    tiers.set(key, tier)
  }
  for (const tier of tiers.values()) tier.rows.sort(byRank)
  return [...tiers.values()].sort(
    (a, b) => a.type.localeCompare(b.type) || LOADS.indexOf(a.load) - LOADS.indexOf(b.load),
  )
}

function byRank(a: FigureStanding, b: FigureStanding): number {
  return (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.name.localeCompare(b.name, 'zh-CN')
}

/** Return the codes of `own` and of every unit below it. */
export function below(units: readonly { code: string; parent: string | null }[], own: string): ReadonlySet<string> {
  const found = new Set([own])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const unit of units) if (unit.parent && found.has(unit.parent)) found.add(unit.code)
  }
  return found
}
