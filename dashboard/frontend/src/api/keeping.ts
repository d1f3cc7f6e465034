// What an administrator keeps besides the list: packs of time limits, calendars, webhooks.
import { attemptKey } from './attempts'
import { client } from './client'
import { answerOf } from './problem'
import type { components } from './schema'

type Shapes = components['schemas']

export type PackRow = Shapes['PackRow']
export type PackStep = Shapes['PackStep']
export type PackShelf = Shapes['PackShelf']
export type PackWhole = Shapes['PackWhole']
export type PackChange = Shapes['PackChange']
export type CalendarYears = Shapes['CalendarYears']
export type CalendarYear = Shapes['CalendarYear']
export type CalendarDay = Shapes['CalendarDay']
export type CalendarPreview = Shapes['CalendarPreview']
export type CalendarChange = Shapes['CalendarChange']
export type ServiceHours = Shapes['ServiceHours']
export type DayHours = Shapes['DayHours']
export type ExplainedDeadline = Shapes['ExplainedDeadline']
export type LimitUnit = 'natural_minutes' | 'working_minutes' | 'working_days'
export type Hook = Shapes['Hook']
export type NewHook = Shapes['NewHook']
export type HookDelivery = Shapes['HookDelivery']

const pack = (pack_id: number) => ({ path: { pack_id } })
const year = (of: number) => ({ path: { year: of } })
const hook = (hook_id: number) => ({ path: { hook_id } })

export const packs = {
  shelf: () => answerOf(client.GET('/api/packs')),
  one: (id: number) => answerOf(client.GET('/api/packs/{pack_id}', { params: pack(id) })),
  compare: (before: number, after: number) =>
    answerOf(client.GET('/api/packs/compare', { params: { query: { before, after } } })),
  load: (content: string) => answerOf(client.POST('/api/packs', { body: { content } })),
  activate: (id: number, reason: string) =>
    answerOf(client.POST('/api/packs/{pack_id}/activate', { params: pack(id), body: { reason } })),
  setThreshold: (share: number, reason: string) => answerOf(client.POST('/api/packs/threshold', { body: { share, reason } })),
}

export interface DeadlineAsk {
  /** An instant with its zone. */
  from: string
  quantity: number
  unit: LimitUnit
  unit_code?: string
  service?: string
}

export const calendars = {
  years: () => answerOf(client.GET('/api/calendars')),
  days: (of: number) => answerOf(client.GET('/api/calendars/years/{year}', { params: year(of) })),
  preview: (of: number, content: string) =>
    answerOf(client.POST('/api/calendars/years/{year}/preview', { params: year(of), body: { content } })),
  load: (of: number, content: string) =>
    answerOf(client.PUT('/api/calendars/years/{year}', { params: year(of), body: { content } })),
  drop: (of: number) => answerOf(client.DELETE('/api/calendars/years/{year}', { params: year(of) })),
  setDay: (on: string, body: Shapes['DayBody']) =>
    answerOf(client.PUT('/api/calendars/days/{on}', { params: { path: { on } }, body })),
  unsetDay: (on: string) => answerOf(client.DELETE('/api/calendars/days/{on}', { params: { path: { on } } })),
  hours: (service: string, unit_code: string | null) =>
    answerOf(client.GET('/api/calendars/hours', { params: { query: { service, unit_code } } })),
  setHours: (service: string, unit_code: string, week: DayHours[]) =>
    answerOf(client.PUT('/api/calendars/hours', { body: { service, unit_code, week } })),
  clearHours: (service: string, unit_code: string) =>
    answerOf(client.DELETE('/api/calendars/hours', { params: { query: { service, unit_code } } })),
  changes: (before: number | null = null) =>
    answerOf(client.GET('/api/calendars/changes', { params: { query: { before } } })),
  deadline: (query: DeadlineAsk) => answerOf(client.GET('/api/calendars/deadline', { params: { query } })),
}

export const hooks = {
  list: () => answerOf(client.GET('/api/hooks')),
  /** The secret in the answer is never told again. */
  subscribe: (body: { name: string; address: string; actions: string[] }, key = attemptKey()) =>
    answerOf(client.POST('/api/hooks', { headers: { 'Idempotency-Key': key }, body })),
  pause: (id: number) => answerOf(client.POST('/api/hooks/{hook_id}/pause', { params: hook(id) })),
  resume: (id: number) => answerOf(client.POST('/api/hooks/{hook_id}/resume', { params: hook(id) })),
  end: (id: number) => answerOf(client.POST('/api/hooks/{hook_id}/end', { params: hook(id) })),
  log: (id: number, query: { state?: HookDelivery['state']; before?: number }) =>
    answerOf(client.GET('/api/hooks/{hook_id}/deliveries', { params: { ...hook(id), query } })),
  resend: (id: number, delivery_id: number) =>
    answerOf(
      client.POST('/api/hooks/{hook_id}/deliveries/{delivery_id}/resend', {
        params: { path: { hook_id: id, delivery_id } },
      }),
    ),
}
