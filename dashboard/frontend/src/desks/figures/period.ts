// The period that is looked at, as the address keeps it and as the centre is asked for it. Days are "2026-11-23".
import type { Span } from '@/api/figures'

export const SPANS: readonly Span[] = ['day', 'week', 'month', 'range']
const DAY_MS = 86_400_000

export interface Period {
  span: Span
  first: string
  last: string
}

/** What an address says of a period; anything may be missing or nonsense. */
export interface PeriodTerms {
  span?: string
  on?: string
  first?: string
  last?: string
}

export function isDay(text: string | undefined): text is string {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && dayOf(at) === text
}

function dayOf(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10)
}

export function plusDays(day: string, days: number): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS)
}

/** Return how many days lie from `first` to `last`, both included. */
export function daysIn(first: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1
}

/** Return the Monday of the week of `day`. */
function monday(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return plusDays(day, -((weekday + 6) % 7))
}

function monthOf(day: string): Period {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))]
  return { span: 'month', first: `${day.slice(0, 7)}-01`, last: dayOf(Date.UTC(year, month, 0)) }
}

function around(span: 'day' | 'week' | 'month', day: string): Period {
  if (span === 'month') return monthOf(day)
  if (span === 'day') return { span, first: day, last: day }
  const first = monday(day)
  return { span, first, last: plusDays(first, 6) }
}

/** Return the period that an address names; the month of today where it names none that makes sense. */
export function periodFrom(terms: PeriodTerms, today: string): Period {
  if (terms.span === 'range' && isDay(terms.first) && isDay(terms.last) && terms.first <= terms.last) {
    return { span: 'range', first: terms.first, last: terms.last }
  }
  const span = terms.span === 'day' || terms.span === 'week' ? terms.span : 'month'
  return around(span, isDay(terms.on) ? terms.on : today)
}

/** Return how an address names the period. */
export function termsOf(period: Period): PeriodTerms {
  if (period.span === 'range') return { span: 'range', first: period.first, last: period.last }
  return { span: period.span, on: period.first }
}

/** Return the period as another kind of span: a range keeps its days, others lie around the first day, or today if it is in. */
export function spannedAs(period: Period, span: Span, today: string): Period {
  if (span === 'range') return { ...period, span }
  return around(span, period.first <= today && today <= period.last ? today : period.first)
}

/** Return the period `by` steps later (or earlier): whole months, weeks or days, a range by its own length. */
export function shifted(period: Period, by: number): Period {
  if (period.span === 'month') {
    const [year, month] = [Number(period.first.slice(0, 4)), Number(period.first.slice(5, 7))]
    return monthOf(dayOf(Date.UTC(year, month - 1 + by, 1)))
  }
  const days = daysIn(period.first, period.last) * by
  return { ...period, first: plusDays(period.first, days), last: plusDays(period.last, days) }
}

/** Return the terms that the centre is asked with. */
export function asked(period: Period): { span: Span; on?: string; first?: string; last?: string } {
  if (period.span === 'range') return { span: 'range', first: period.first, last: period.last }
  return { span: period.span, on: period.first }
}

/** Return a short name for an axis: "11-23", "11-17…" or "11月". */
export function axisName(first: string, span: Span): string {
  return span === 'month' ? first.slice(0, 7) : first.slice(5)
}
