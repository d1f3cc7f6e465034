import { describe, expect, it } from 'vitest'

import { i18n } from '@/i18n'

/** Every key of a tree of words, with dots. */
function keysOf(words: unknown, above = ''): string[] {
  if (typeof words !== 'object' || words === null) return [above]
  return Object.entries(words).flatMap(([key, below]) => keysOf(below, above ? `${above}.${key}` : key))
}

describe('the words of the screens', () => {
  const messages = i18n.global.messages.value as Record<string, unknown>
  it('are there in both languages, key by key', () => expect(keysOf(messages.en).sort()).toEqual(keysOf(messages.zh).sort()))

  it.each(['cases.filters.title', 'cases.page.story', 'cases.fact.basis', 'form.need.unit', 'action.rule_appeal'])(
    '%s is found although several files add to one key',
    (key) => expect(i18n.global.te(key)).toBe(true),
  )
})
