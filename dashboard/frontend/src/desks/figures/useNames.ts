// The list of figures with their names, asked for once.
import { computed } from 'vue'

import { figures, type FigureName, type FigureValue } from '@/api/figures'
import { spoken } from '@/i18n'
import { span } from '@/parts/time'
import { useAsked } from '@/parts/useAsked'

import { percent, plain } from './shown'

type Translate = (key: string, named?: Record<string, unknown>) => string

export function useNames() {
  const list = useAsked(figures.names)
  const byCode = computed(() => new Map((list.value.value?.items ?? []).map((one) => [one.code, one])))

  const nameOf = (code: string) => {
    const known = byCode.value.get(code)
    return known ? nameIn(known) : code
  }
  return { list, byCode, nameOf }
}

export function nameIn(figure: FigureName): string {
  return spoken() === 'zh' ? figure.zh : figure.en
}

/** Return the value of a figure in words; a dash where there is nothing to divide by. */
export function valueWords(figure: FigureName | undefined, value: FigureValue, t: Translate): string {
  if (value.value === null || !figure) return t('figures.noValue')
  if (figure.kind === 'share') return percent(value.value)
  if (figure.code === 'handling_natural') return span(value.value * 60, t)
  if (figure.code === 'handling_working') return t('figures.workingHours', { n: (value.value / 60).toFixed(1) })
  return figure.kind === 'mean' ? value.value.toFixed(2) : plain(value.value)
}
