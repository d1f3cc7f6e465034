// What an administrator asks about the responsibility list (职责清单), and about replays of the past through a changed one.
import { attemptKey } from './attempts'
import { client } from './client'
import { answerOf } from './problem'
import type { components } from './schema'
import { sendForm } from './upload'

type Shapes = components['schemas']

export type DutyLine = Shapes['DutyLine']
export type DutyCells = Partial<Shapes['DutyCells']>
export type DutyChange = Shapes['DutyChange']
export type DutyCellChange = Shapes['DutyCellChange']
export type DutyFinding = Shapes['DutyFinding']
export type DutyTrial = Shapes['DutyTrial']
export type DutyPlanChange = Shapes['DutyPlanChange']
export type DutyLoad = Shapes['DutyLoad']
export type DutyProposal = Shapes['DutyProposal']
export type DutyGap = Shapes['DutyGap']
export type DutyQuery = Partial<Shapes['DutyQuery']>
export type WhatIf = Shapes['WhatIf']
export type WhatIfAsk = Partial<Omit<Shapes['WhatIfAsk'], 'edits'>> & { edits?: DutyCells[] }
export type WhatIfResult = Shapes['WhatIfResult']
export type WhatIfMove = Shapes['WhatIfMove']
export type Precision = Shapes['Precision']
export type PrecisionPoint = Shapes['PrecisionPoint']

const line = (duty_no: string) => ({ path: { duty_no } })
const load = (load_id: number) => ({ path: { load_id } })
const proposal = (proposal_id: number) => ({ path: { proposal_id } })
/** Only what is named is sent; the document calls the other cells required because they have defaults. */
const cellsOf = (cells: DutyCells) => cells as Shapes['DutyCells']

export const duties = {
  page: (query: DutyQuery) => answerOf(client.GET('/api/duties', { params: { query } })),
  one: (dutyNo: string) => answerOf(client.GET('/api/duties/lines/{duty_no}', { params: line(dutyNo) })),
  changes: (query: { duty_no?: string; load_id?: number; before?: number }) =>
    answerOf(client.GET('/api/duties/changes', { params: { query } })),
  findings: () => answerOf(client.GET('/api/duties/findings')),
  gaps: () => answerOf(client.GET('/api/duties/gaps')),
  proposeGaps: () => answerOf(client.POST('/api/duties/gaps/propose')),
  add: (cells: DutyCells, reason: string) =>
    answerOf(client.POST('/api/duties', { body: { cells: cellsOf(cells), reason } })),
  edit: (dutyNo: string, cells: DutyCells, version: number, reason: string) =>
    answerOf(
      client.POST('/api/duties/lines/{duty_no}/edit', {
        params: line(dutyNo),
        body: { cells: cellsOf(cells), version, reason },
      }),
    ),
  end: (dutyNo: string, until: string, version: number, reason: string) =>
    answerOf(client.POST('/api/duties/lines/{duty_no}/end', { params: line(dutyNo), body: { until, version, reason } })),
  loads: () => answerOf(client.GET('/api/duties/loads')),
  trial: (loadId: number) => answerOf(client.GET('/api/duties/loads/{load_id}', { params: load(loadId) })),
  /** Try a sheet; the list stays as it is. `whole`: lines that the sheet lacks would go. */
  trySheet: (file: File, whole: boolean, progress: (share: number) => void): Promise<DutyTrial> => {
    const form = new FormData()
    form.set('file', file)
    if (whole) form.set('whole', '1')
    return sendForm<DutyTrial>('/api/duties/loads', form, progress)
  },
  apply: (loadId: number, reason: string) =>
    answerOf(client.POST('/api/duties/loads/{load_id}/apply', { params: load(loadId), body: { reason } })),
  proposals: (state: DutyProposal['state'] | null) =>
    answerOf(client.GET('/api/duties/proposals', { params: { query: { state } } })),
  accept: (id: number, body: { version: number; reason: string; cells: DutyCells; ends: string[] }) =>
    answerOf(
      client.POST('/api/duties/proposals/{proposal_id}/accept', {
        params: proposal(id),
        body: { ...body, cells: cellsOf(body.cells) },
      }),
    ),
  decline: (id: number, version: number, reason: string) =>
    answerOf(
      client.POST('/api/duties/proposals/{proposal_id}/decline', { params: proposal(id), body: { version, reason } }),
    ),
  /** The address of the whole list as a file; `asOf` an instant with its zone: as it was known then. */
  file: (format: 'csv' | 'xlsx', asOf = '') =>
    `/api/duties/export?${new URLSearchParams({ format, ...(asOf ? { as_of: asOf } : {}) })}`,
}

const NO_CHANGE: Omit<Shapes['WhatIfAsk'], 'edits' | 'removed'> = {
  since: null,
  until: null,
  on: null,
  at_most: 2000,
  load_id: null,
  pack_id: null,
  pack: null,
  threshold: null,
  model: false,
}

export const replays = {
  ask: ({ edits = [], ...change }: WhatIfAsk) =>
    answerOf(
      client.POST('/api/what-if', {
        headers: { 'Idempotency-Key': attemptKey() },
        body: { ...NO_CHANGE, ...change, edits: edits.map(cellsOf) },
      }),
    ),
  one: (id: number) => answerOf(client.GET('/api/what-if/{what_if_id}', { params: { path: { what_if_id: id } } })),
  moves: (id: number, after: string | null) =>
    answerOf(
      client.GET('/api/what-if/{what_if_id}/moves', { params: { path: { what_if_id: id }, query: { after } } }),
    ),
  precision: (threshold: number | null = null) =>
    answerOf(client.GET('/api/routing/precision', { params: { query: { threshold } } })),
}
