// What a work is called: the name of its action, or of the decision that its actions are.
import type { Work } from './works'

const DECISIONS: ReadonlySet<string> = new Set(['finish', 'ruling', 'review'])

export function nameOf(work: Work, ofWhom: string, t: (key: string) => string): string {
  const name = DECISIONS.has(work.form) ? t(`cases.works.${work.form}`) : t(`action.${work.actions[0]!.action}`)
  return ofWhom ? `${name} · ${ofWhom}` : name
}
