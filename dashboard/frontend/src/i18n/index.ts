// Two languages, Chinese first. Each desk keeps its words in its own messages.ts, merged here.
import { createI18n } from 'vue-i18n'

import en from './en'
import zh from './zh'

export type Language = 'zh' | 'en'
type Messages = Record<string, unknown>

/** What a desk's messages.ts exports: one top-level key of its own, the same in both languages. */
export interface DeskMessages {
  zh: Messages
  en: Messages
}

const desks = import.meta.glob<DeskMessages>(['../desks/*/messages.ts', '../case/messages.ts'], {
  eager: true,
  import: 'default',
})

/** vue-i18n wants to know the depth of messages beforehand; ours are as deep as each desk likes. */
type Merged = Record<string, Record<string, string>>

function merged(language: Language, common: Messages): Merged {
  return Object.assign({}, common, ...Object.values(desks).map((messages) => messages[language]))
}

const KEPT_AS = 'language'
const kept = localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'zh'

export const i18n = createI18n({
  legacy: false,
  locale: kept as string,
  fallbackLocale: 'zh',
  messages: { zh: merged('zh', zh), en: merged('en', en) },
})

/** Switch every word of the page, now and on the next visit. */
export function speak(language: Language): void {
  i18n.global.locale.value = language
  localStorage.setItem(KEPT_AS, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

export function spoken(): Language {
  return i18n.global.locale.value as Language
}
