// What each field of the form shows: what a person has entered, else what the machine suggests.
import type { Draft, DraftForm, Suggestion } from '@/api/types'

export type Field = keyof DraftForm
export type Typed = Partial<DraftForm>

export interface FieldGuess {
  value: string | number
  /** 0..1; null when the suggestion carries none. */
  share: number | null
  reason: string
}

export interface Shown<F extends Field = Field> {
  value: DraftForm[F] | null
  /** Set while the value is only a suggestion. */
  guess: FieldGuess | null
}

/**
 * Below this share a matter or unit stands among the candidates only: a field filled with what is
 * most likely wrong costs the agent more than an empty one.
 */
export const WORTH_FILLING_SHARE = 0.3

/** Return what the machine suggests for `field`, or null. */
export function guessFor(suggestion: Suggestion | null, field: Field): FieldGuess | null {
  if (!suggestion) return null
  const { categories, place, units, people_affected } = suggestion
  switch (field) {
    case 'kind':
    case 'title':
    case 'happened':
    case 'urgency':
    case 'demand':
      return suggestion[field]
    case 'category_code':
      return categories[0] && categories[0].share >= WORTH_FILLING_SHARE
        ? { value: categories[0].code, share: categories[0].share, reason: categories[0].words.join('、') }
        : null
    case 'place':
      return place && { value: place.name || place.raw, share: place.share, reason: place.reason }
    case 'area_code':
      return place?.area ? { value: place.area.code, share: place.share, reason: place.reason } : null
    case 'people_affected':
      return people_affected === null ? null : { value: people_affected, share: null, reason: '' }
    case 'unit_code':
      return units[0] && units[0].share >= WORTH_FILLING_SHARE
        ? { value: units[0].unit.code, share: units[0].share, reason: units[0].reason }
        : null
    default:
      return null
  }
}

/** Return what `field` shows: typed but not yet saved, else entered, else suggested. */
export function shown<F extends Field>(draft: Draft | null, typed: Typed, field: F): Shown<F> {
  if (field in typed) return { value: typed[field] as DraftForm[F], guess: null }
  const entered = draft?.form[field] ?? null
  if (!draft || draft.touched.includes(field)) return { value: entered, guess: null }
  const guess = guessFor(draft.suggestion, field)
  return guess ? { value: guess.value as DraftForm[F], guess } : { value: entered, guess: null }
}

/**
 * The suggestions that saving confirms, because the agent has them in sight as plain words.
 *
 * Category and unit are not among them: left untouched they keep their share, and the centre's own
 * rule decides whether that is sure enough to send the case without a dispatcher.
 */
const CONFIRMED_BY_SAVING: readonly Field[] = [
  'kind',
  'title',
  'place',
  'area_code',
  'happened',
  'urgency',
  'demand',
  'people_affected',
]

/** Return the suggested values that become the agent's own when the case is saved. */
export function confirmedBySaving(draft: Draft | null, typed: Typed): Typed {
  const confirmed = CONFIRMED_BY_SAVING.map((field) => [field, shown(draft, typed, field)] as const).filter(
    ([, { guess }]) => guess !== null,
  )
  return Object.fromEntries(confirmed.map(([field, { value }]) => [field, value]))
}
