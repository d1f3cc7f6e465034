// The coded lists of the city (reasons, grounds, causes), asked for once and shown in the person's language.
import { shallowReactive } from 'vue'

import { cases, type Code } from '@/api'
import { spoken } from '@/i18n'

const lists = shallowReactive<Record<string, readonly Code[]>>({})
let asked: Promise<void> | null = null

async function ask(): Promise<void> {
  Object.assign(lists, (await cases.codes()).lists)
}

/** Return the coded lists; they fill as soon as the centre has answered. */
export function useCodes(): Readonly<Record<string, readonly Code[]>> {
  asked ??= ask().catch(() => void (asked = null))
  return lists
}

/** Return a code in words; a code that is no longer in its list shows as itself. */
export function codeName(list: string, code: string): string {
  const found = lists[list]?.find((known) => known.code === code)
  if (!found) return code
  return spoken() === 'zh' ? found.zh : found.en || found.zh
}
