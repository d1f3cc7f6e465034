// What a person has typed about a case and not yet sent. It outlives changes by others, other pages and a reload.
import { computed, reactive, type WritableComputedRef } from 'vue'

import { signedIn } from '@/session'

const typed = reactive(new Map<string, string>())

function keyOf(caseNo: string, field: string): string {
  return `typed:${signedIn().person_id}:${caseNo}:${field}`
}

/** Return a field's text, kept for this tab until `forget`. */
export function useTyped(caseNo: () => string, field: string): WritableComputedRef<string> {
  return computed({
    get: () => {
      const key = keyOf(caseNo(), field)
      return typed.get(key) ?? sessionStorage.getItem(key) ?? ''
    },
    set: (text) => keep(keyOf(caseNo(), field), text),
  })
}

function keep(key: string, text: string): void {
  typed.set(key, text)
  if (text) sessionStorage.setItem(key, text)
  else sessionStorage.removeItem(key)
}

/** Return the values of a whole form, kept in the same way; nothing at all is kept as nothing. */
export function useTypedForm<T extends object>(caseNo: () => string, field: () => string): WritableComputedRef<T> {
  const key = () => keyOf(caseNo(), field())
  return computed({
    get: () => JSON.parse(typed.get(key()) || sessionStorage.getItem(key()) || '{}') as T,
    set: (values) => keep(key(), isEmpty(values) ? '' : JSON.stringify(values)),
  })
}

/** Say whether a form or field of this case holds something unsent. */
export function hasTypedForm(caseNo: string, field: string): boolean {
  const key = keyOf(caseNo, field)
  return Boolean(typed.get(key) || sessionStorage.getItem(key))
}

function isEmpty(values: object): boolean {
  return Object.values(values).every((value) => value == null || value === '' || (Array.isArray(value) && !value.length))
}

/** Say whether something about this case is typed and not sent. */
export function hasTyped(caseNo: string): boolean {
  const start = keyOf(caseNo, '')
  // The map is asked so that whoever shows this hears of changes; the storage also knows what was typed before a reload.
  return [...typed].some(([key, text]) => key.startsWith(start) && text.trim() !== '') || keptFrom(start)
}

function keptFrom(start: string): boolean {
  return Object.keys(sessionStorage).some((key) => key.startsWith(start) && sessionStorage.getItem(key)!.trim() !== '')
}

/** Drop what has been sent. */
export function forget(caseNo: string, fields: readonly string[]): void {
  for (const field of fields) keep(keyOf(caseNo, field), '')
}
