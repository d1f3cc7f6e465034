// What a list is narrowed to: kept in the address, so that every filtered list is a link.
import type { CaseQuery } from '@/api/types'

export type Terms = Partial<Record<Term, string>>
export const TERMS = [
  'q',
  'place',
  'unit',
  'state',
  'kind',
  'category',
  'area',
  'urgency',
  'channel',
  'clock',
  'flags',
  'registered_from',
  'registered_to',
  'closed_from',
  'closed_to',
] as const
export type Term = (typeof TERMS)[number]
/** Several values of these stand in one term, parted by commas. */
export const SEVERAL: ReadonlySet<Term> = new Set(['state', 'flags'])

/** Return the terms of an address. */
export function termsOf(query: Record<string, unknown>): Terms {
  const found = TERMS.filter((term) => typeof query[term] === 'string' && query[term] !== '')
  return Object.fromEntries(found.map((term) => [term, query[term] as string]))
}

/** Return the address of `terms`: those not named are taken out of it. */
export function addressOf(terms: Terms): Record<string, string | undefined> {
  return Object.fromEntries(TERMS.map((term) => [term, terms[term] || undefined]))
}

/** Return the question to the centre. */
export function queryOf(terms: Terms): CaseQuery {
  return terms as CaseQuery
}

/** Return the terms of a saved filter; what this page does not know is left out. */
export function termsOfSaved(saved: Record<string, unknown>): Terms {
  const text = (value: unknown) => (Array.isArray(value) ? value.join(',') : String(value))
  const found = TERMS.filter((term) => saved[term] !== undefined && saved[term] !== null && saved[term] !== '')
  return Object.fromEntries(found.map((term) => [term, text(saved[term])]))
}
