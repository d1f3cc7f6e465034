// Which lists the supervisor's desk has, in groups: what is red, what waits for a ruling, what else to watch.
import type { View } from '@/api/types'
import type { RailLine } from '@/parts/workRail'

export type GroupName = 'now' | 'rule' | 'watch'

export const EXPOSURE = 'exposure'
export const GROUPS: Record<GroupName, readonly string[]> = {
  now: ['red', 'late', 'yellow', 'soon', 'supervision'],
  rule: ['adjudication', 'ledger_asked', 'extensions', 'appeals', 'findings'],
  watch: ['look_back', 'ledger', 'redo', 'incidents', 'open'],
}
const TONES: Record<string, RailLine['tone']> = { red: 'bad', late: 'bad', yellow: 'warn', soon: 'warn', supervision: 'bad', adjudication: 'warn' }

/** Return the lines of a group with the counts that the centre gave; a list that it does not count has none. */
export function linesOf(group: GroupName, views: readonly View[], nameOf: (view: string, known?: View) => string): RailLine[] {
  return GROUPS[group].map((view) => {
    const known = views.find((one) => one.view === view)
    return {
      view,
      name: nameOf(view, known),
      count: known?.count ?? null,
      more: (known as { more?: boolean } | undefined)?.more ?? false,
      tone: TONES[view] ?? 'calm',
    }
  })
}

/** Return the lists of what is red now that have something in them. */
export function redViews(views: readonly View[]): { view: string; count: number }[] {
  return ['red', 'supervision', 'late', 'adjudication'].flatMap((view) => {
    const count = views.find((one) => one.view === view)?.count ?? 0
    return count ? [{ view, count }] : []
  })
}
