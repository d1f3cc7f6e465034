// Two languages, Chinese first. Each desk keeps its words in its own messages.ts, merged here.
import { createI18n } from 'vue-i18n'

import en from './en'
import zh from './zh'

export type Language = 'zh' | 'en'
type Messages = Record<string, unknown>

/** What a messages.ts exports: one top-level key, the same in both languages; files of one key add to each other. */
export interface DeskMessages {
  zh: Messages
  en: Messages
}

const desks = import.meta.glob<DeskMessages>(['../desks/*/*essages.ts', '../case/*essages.ts', '../parts/messages.ts'], {
  eager: true,
  import: 'default',
})

/** vue-i18n wants to know the depth of messages beforehand; ours are as deep as each desk likes. */
type Merged = Record<string, Record<string, string>>

function merged(language: Language, common: Messages): Merged {
  const all = { ...common } as Merged
  for (const messages of Object.values(desks)) {
    for (const [key, words] of Object.entries(messages[language])) all[key] = { ...all[key], ...(words as Merged[string]) }
  }
  return all
}

/** The cookie that the pages of the server read and write too: one language everywhere. */
const COOKIE = 'language'
const KEPT_FOR_S = 365 * 24 * 3600

export const i18n = createI18n({
  legacy: false,
  locale: 'zh' as string,
  fallbackLocale: 'zh',
  messages: { zh: merged('zh', zh), en: merged('en', en) },
})

/** Return what this browser has chosen; Chinese when it has not. */
export function kept(): Language {
  return document.cookie.split('; ').includes(`${COOKIE}=en`) ? 'en' : 'zh'
}

/** Switch every word of the page, now and on the next visit. */
export function speak(language: Language): void {
  i18n.global.locale.value = language
  const secure = location.protocol === 'https:' ? '; secure' : ''
  document.cookie = `${COOKIE}=${language}; path=/; max-age=${KEPT_FOR_S}; samesite=lax${secure}`
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

export function spoken(): Language {
  return i18n.global.locale.value as Language
}
