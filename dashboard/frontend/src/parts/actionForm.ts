// What the form of an action asks for: one field for each need, in the order in which a person thinks.
import type { ActionBody, AllowedAction, NeedName } from '@/api/types'

export type FieldKind =
  | 'unit'
  | 'units'
  | 'text'
  | 'line'
  | 'code'
  | 'codes'
  | 'day'
  | 'moment'
  | 'choice'
  | 'yesno'
  | 'files'
  | 'case'

export type Value = string | number | boolean | readonly string[] | readonly number[] | null
export type Values = Partial<Record<NeedName, Value>>

export interface FieldSpec {
  need: NeedName
  kind: FieldKind
  required: boolean
  /** The coded list that the field chooses from. */
  list: string | null
  /** The choices of a `choice`, in their order; numbers are grades and levels. */
  choices: readonly (string | number)[]
  /** The most characters that the centre takes. */
  max: number
}

interface Form {
  kind: FieldKind
  list?: string
  choices?: readonly (string | number)[]
  max?: number
}

/** The order of the fields: who, which, why in codes, what was found, in words, until when, and the proof. */
const FORMS: Record<NeedName, Form> = {
  unit: { kind: 'unit' },
  units: { kind: 'units' },
  helpers: { kind: 'units' },
  into: { kind: 'case', max: 32 },
  level: { kind: 'choice', choices: [1, 2, 3, 4] },
  contacted: { kind: 'yesno' },
  contacted_at: { kind: 'moment' },
  contact_mode: { kind: 'code', list: 'contact_mode' },
  truth: { kind: 'choice', choices: ['true', 'partly', 'untrue'] },
  solved: { kind: 'choice', choices: ['solved', 'partly', 'unsolved'] },
  unsolved_reason: { kind: 'code', list: 'unsolved' },
  promise_on: { kind: 'day' },
  grade: { kind: 'choice', choices: [5, 4, 3, 2, 1] },
  reasonable: { kind: 'yesno' },
  duty_done: { kind: 'yesno' },
  over_duty: { kind: 'yesno' },
  agreed: { kind: 'yesno' },
  secrecy: { kind: 'choice', choices: ['open', 'hidden_from_unit', 'anonymous'] },
  code: { kind: 'code' },
  codes: { kind: 'codes' },
  basis: { kind: 'line', max: 500 },
  suggested_unit: { kind: 'unit' },
  title: { kind: 'line', max: 200 },
  until: { kind: 'day' },
  text: { kind: 'text', max: 5000 },
  public_reply: { kind: 'text', max: 5000 },
  reason: { kind: 'text', max: 1000 },
  files: { kind: 'files' },
}

// Without a unit that has not solved it there is no cause and no promise to ask for.
const ONLY_UNSOLVED: ReadonlySet<NeedName> = new Set(['unsolved_reason', 'promise_on'])
// What the API calls by another name than the need.
const SENT_AS: Partial<Record<NeedName, keyof ActionBody>> = { unit: 'unit_code', helpers: 'helper_codes' }
/** The city's offset from UTC; it has one all the year. */
const CITY_OFFSET = '+08:00'

/** Return the fields of an action's form, in order; those that must be given and those that may. */
export function fieldsOf(offered: Pick<AllowedAction, 'needs' | 'may' | 'codes'>): FieldSpec[] {
  const asked = new Set<NeedName>([...offered.needs, ...offered.may])
  return (Object.keys(FORMS) as NeedName[])
    .filter((need) => asked.has(need))
    .map((need) => {
      const { kind, list, choices, max } = FORMS[need]
      const ofAction = need === 'code' || need === 'codes' ? offered.codes : null
      return {
        need,
        kind,
        required: offered.needs.includes(need),
        list: list ?? ofAction,
        choices: choices ?? [],
        max: max ?? 200,
      }
    })
}

/** Say whether a field is asked for, with what has been given so far. */
export function applies(field: FieldSpec, values: Values): boolean {
  if (field.required || !ONLY_UNSOLVED.has(field.need)) return true
  return values.solved === 'partly' || values.solved === 'unsolved'
}

export function isGiven(value: Value | undefined): boolean {
  if (typeof value === 'string') return value.trim() !== ''
  if (Array.isArray(value)) return value.length > 0
  return value !== undefined && value !== null
}

/** Return the needs that must still be given. */
export function missing(fields: readonly FieldSpec[], values: Values): NeedName[] {
  return fields.filter((field) => field.required && !isGiven(values[field.need])).map(({ need }) => need)
}

/** Return what is sent: only what is asked for and given, under the API's own names. */
export function bodyOf(fields: readonly FieldSpec[], values: Values): Partial<ActionBody> {
  const given = fields.filter((field) => applies(field, values) && isGiven(values[field.need]))
  return Object.fromEntries(given.map((field) => [SENT_AS[field.need] ?? field.need, sent(field, values[field.need]!)]))
}

function sent(field: FieldSpec, value: Value): Value {
  if (field.kind === 'moment') return `${String(value)}:00${CITY_OFFSET}`
  return typeof value === 'string' ? value.trim() : value
}

/** Say whether an action can be done with one press: it asks for nothing at all. */
export function atOnce(offered: Pick<AllowedAction, 'needs' | 'may'>): boolean {
  return offered.needs.length === 0 && offered.may.length === 0
}
