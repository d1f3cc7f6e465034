// What the supervisor's desk asks about the exposure list (曝光台): what units have let slip, down to the cases.
import { client } from './client'
import { answerOf } from './problem'
import type { components } from './schema'

type Shapes = components['schemas']

export type Exposure = Shapes['Exposure']
export type ExposureLine = Shapes['ExposureLine']
export type ExposedKind = Exclude<keyof ExposureLine, 'unit'>

export const EXPOSED_KINDS: readonly ExposedKind[] = ['red', 'yellow', 'overdue', 'unanswered', 'redone', 'on_paper']

/** `since` is a day of the city, "2026-11-01". */
export const exposure = {
  units: (since: string) => answerOf(client.GET('/api/exposure', { params: { query: { since } } })),
  cases: (query: { kind: ExposedKind; since: string; unit?: string; cursor?: string }) =>
    answerOf(client.GET('/api/exposure/cases', { params: { query } })),
}
