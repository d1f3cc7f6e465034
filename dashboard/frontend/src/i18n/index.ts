// Two languages, Chinese first. Each desk keeps its words in its own messages.ts, merged here.
import { createI18n, type LocaleMessageDictionary, type VueMessageType } from 'vue-i18n'

import en from './en'
import zh from './zh'

export type Language = 'zh' | 'en'
type Messages = LocaleMessageDictionary<VueMessageType>

/** What a desk's messages.ts exports: one top-level key of its own, the same in both languages. */
export interface DeskMessages {
  zh: Messages
  en: Messages
}

const desks = import.meta.glob<DeskMessages>(['../desks/*/messages.ts', '../case/messages.ts'], {
  eager: true,
  import: 'default',
})

function merged(language: Language, common: Messages): Messages {
  return Object.assign({}, common, ...Object.values(desks).map((messages) => messages[language]))
}

const KEPT_AS = 'language'
const kept = localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'zh'

export const i18n = createI18n<false>({
  legacy: false,
  locale: kept,
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
