// The measured facts of a step in words: until when, by which reason and law, how it was ruled.
import type { TimelineEntry } from '@/api/types'

export interface Words {
  t: (key: string, named?: Record<string, unknown>) => string
  unit: (code: string) => string
  code: (list: string, code: string) => string
  moment: (at: string) => string
}

export interface FactLine {
  /** Key under `cases.fact`. */
  name: string
  words: string
}

type Facts = Record<string, unknown>
type Tell = (value: unknown, say: Words, facts: Facts, action: string) => string

const LISTS: Record<string, string> = {
  return: 'return',
  ask_ledger: 'ledger',
  enter_ledger: 'ledger',
  supervise: 'supervision',
  exclude: 'exclusion',
  rule_appeal: 'exclusion',
  propose_rejection: 'rejection',
  reject: 'rejection',
  object: 'rejection',
  transfer: 'transfer',
}

/** What is not worth a word here. */
const UNSAID = '\u0000'

const text: Tell = (value) => String(value)
const when: Tell = (value, say) => say.moment(String(value))
const who: Tell = (value, say) => say.unit(String(value))
const yesno: Tell = (value, say) => say.t(value ? 'form.yes' : 'form.no')
const choice =
  (of: string): Tell =>
  (value, say) =>
    say.t(`form.${of}.${String(value)}`)
const coded =
  (list: string): Tell =>
  (value, say) =>
    say.code(list, String(value))
/** A mark says all by its name, and only when it holds. */
const MARK = ''
const mark: Tell = (value) => (value ? MARK : UNSAID)
const more =
  (least: number): Tell =>
  (value) =>
    Number(value) >= least ? String(value) : UNSAID

function orders(value: unknown, say: Words): string {
  const given = value as { unit: string; part: string; due_at?: string }[]
  return given
    .map(({ unit, part, due_at }) => {
      const named = `${say.t(`part.${part}`)} ${say.unit(unit)}`
      return due_at ? `${named} ${say.t('clock.until', { when: say.moment(due_at) })}` : named
    })
    .join(say.t('form.and'))
}

/** In the order of telling; a fact that is not here is for counting, not for reading. */
const TOLD: Record<string, Tell> = {
  orders,
  code: (value, say, _facts, action) => say.code(LISTS[action] ?? '', String(value)),
  basis: text,
  suggested_unit: who,
  parties: (value, say) => (value as string[]).map((code) => say.unit(code)).join(say.t('form.and')),
  defects: (value, say) => (value as string[]).map((code) => say.code('defect', code)).join(say.t('form.and')),
  colour: (value, say) => say.t(`cases.colour.${String(value)}`),
  cause: (value, say) => say.t(`cases.cause.${String(value)}`),
  level: choice('level'),
  no: text,
  grade: choice('grade'),
  contacted: yesno,
  contacted_at: when,
  contact_mode: coded('contact_mode'),
  truth: choice('truth'),
  solved: choice('solved'),
  unsolved_reason: coded('unsolved'),
  promise_on: text,
  over_duty: mark,
  reasonable: yesno,
  duty_done: yesno,
  agreed: yesno,
  kept: yesno,
  until: text,
  decide_by: when,
  review_at: when,
  due_at: when,
  promise_due_at: when,
  into: text,
  from: text,
  case_no: text,
  before: (value, say) => say.t(`secrecy.${String(value)}`),
  after: (value, say) => say.t(`secrecy.${String(value)}`),
  via: (value, say) => say.t(`cases.via.${String(value)}`),
  try: text,
  tries: text,
  times: more(2),
  auto: mark,
  by_machine: mark,
  overrode: mark,
  by_silence: mark,
  late: mark,
}
/** A reply's own due moment stands at its order; telling it again would read like a new one. */
const UNTOLD: Record<string, ReadonlySet<string>> = {
  reply: new Set(['due_at', 'late']),
  sign: new Set(['due_at']),
  rate: new Set(['times']),
  add_helpers: new Set(['by_machine']),
}

/** Return what to tell of a step, line by line. */
export function factLines(entry: Pick<TimelineEntry, 'action' | 'facts'>, say: Words): FactLine[] {
  const facts = entry.facts ?? {}
  const untold = UNTOLD[entry.action]
  return Object.entries(TOLD).flatMap(([name, tell]) => {
    const value = facts[name]
    if (value === undefined || value === null || untold?.has(name) || (Array.isArray(value) && !value.length)) return []
    const words = tell(value, say, facts, entry.action)
    return words === UNSAID ? [] : [{ name, words }]
  })
}
