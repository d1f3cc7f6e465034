// Every question the pages ask the centre, by the name of what is asked. All of them raise `ApiProblem`.
import { attemptKey } from './attempts'
import { client } from './client'
import { answerOf } from './problem'
import type { ActionBody, ActionName, CaseQuery, DraftForm, Evidence, SavedFilter, SeatChange } from './types'
import { sendForm } from './upload'

export { attemptKey, Attempts } from './attempts'
export { ApiProblem, asProblem } from './problem'
export { keepCsrfToken } from './client'
export type * from './types'
export { KINDS, URGENCIES } from './types'

const ofCall = (callId: number) => ({ path: { call_id: callId } })
const ofCase = (caseNo: string) => ({ path: { case_no: caseNo } })

export const accounts = {
  me: () => answerOf(client.GET('/api/me')),
  city: () => answerOf(client.GET('/api/city')),
  signOut: () => answerOf(client.POST('/api/sign-out')),
}

export const desk = {
  seat: () => answerOf(client.GET('/api/desk/seat')),
  changeSeat: (state: SeatChange['state'], reason: string | null = null) =>
    answerOf(client.POST('/api/desk/seat', { body: { state, reason } })),
  phoneToken: () => answerOf(client.GET('/api/desk/phone-token')),
  waiting: () => answerOf(client.GET('/api/desk/waiting')),
  /** `claim` is the offer's; without it a call that is offered to nobody is picked up. */
  accept: (callId: number, claim: number | null = null) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/accept', { params: ofCall(callId), body: { claim } })),
  decline: (callId: number, claim: number | null = null) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/decline', { params: ofCall(callId), body: { claim } })),
  hold: (callId: number, on: boolean) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/hold', { params: ofCall(callId), body: { on } })),
  hangUp: (callId: number) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/hang-up', { params: ofCall(callId) })),
  call: (callId: number) => answerOf(client.GET('/api/desk/calls/{call_id}', { params: ofCall(callId) })),
  reveal: (callId: number, purpose: string) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/reveal', { params: ofCall(callId), body: { purpose } })),
  changeDraft: (callId: number, change: Partial<DraftForm>) =>
    answerOf(
      client.PUT('/api/desk/calls/{call_id}/draft', {
        params: ofCall(callId),
        // Only the named fields are sent; the document calls the others required because they have defaults.
        body: { form: change as DraftForm, fields: Object.keys(change) },
      }),
    ),
  register: (callId: number) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/register', { params: ofCall(callId) })),
  answer: (callId: number) =>
    answerOf(client.POST('/api/desk/calls/{call_id}/answer', { params: ofCall(callId) })),
  endWrapUp: () => answerOf(client.POST('/api/desk/wrap-up')),
}

const NOTHING_ELSE: Omit<ActionBody, 'version'> = {
  order_no: null,
  unit_code: null,
  helper_codes: [],
  units: [],
  suggested_unit: null,
  reason: null,
  text: null,
  code: null,
  codes: [],
  basis: null,
  until: null,
  into: null,
  title: null,
  contacted_at: null,
  contact_mode: null,
  truth: null,
  solved: null,
  unsolved_reason: null,
  promise_on: null,
  over_duty: null,
  files: [],
  public_reply: null,
  contacted: null,
  grade: null,
  reasonable: null,
  duty_done: null,
  level: null,
  agreed: null,
  secrecy: null,
  via: 'phone',
  form: null,
}

export const cases = {
  page: (query: CaseQuery = {}) =>
    answerOf(client.GET('/api/cases', { params: { query } })),
  views: () => answerOf(client.GET('/api/cases/views')),
  one: (caseNo: string) => answerOf(client.GET('/api/cases/{case_no}', { params: ofCase(caseNo) })),
  /** Earlier cases of a person by the exact number; who searched and why is recorded. */
  byPhone: (phone: string, purpose: string) => answerOf(client.POST('/api/cases/by-phone', { body: { phone, purpose } })),
  /** Write what is missing into a case before it is accepted: only the named fields change. */
  fill: (caseNo: string, version: number, form: Partial<DraftForm>) =>
    answerOf(client.POST('/api/cases/{case_no}/form', { params: ofCase(caseNo), body: { version, form: form as DraftForm } })),
  codes: () => answerOf(client.GET('/api/codes')),
  /**
   * Act on a case as it was at `version`; a 409 says that it has changed meanwhile. The same `key` twice is one act,
   * however often it must be sent.
   */
  act: (caseNo: string, action: ActionName, body: Partial<ActionBody> & { version: number }, key = attemptKey()) =>
    answerOf(
      client.POST('/api/cases/{case_no}/actions/{action}', {
        params: { path: { case_no: caseNo, action } },
        headers: { 'Idempotency-Key': key },
        body: { ...NOTHING_ELSE, ...body },
      }),
    ),
  /** Why the case went where it went. */
  routing: (caseNo: string) => answerOf(client.GET('/api/cases/{case_no}/routing', { params: ofCase(caseNo) })),
  reveal: (caseNo: string, purpose: string) =>
    answerOf(client.POST('/api/cases/{case_no}/reveal', { params: ofCase(caseNo), body: { purpose } })),
}

const ofEvidence = (caseNo: string, evidenceId: number) => ({ path: { case_no: caseNo, evidence_id: evidenceId } })

export const evidence = {
  list: (caseNo: string) => answerOf(client.GET('/api/cases/{case_no}/evidence', { params: ofCase(caseNo) })),
  /** Send a file; `progress` hears 0..1. The keeping of the place is a choice that wants a reason. */
  upload: (caseNo: string, sent: EvidenceSent, progress: (share: number) => void): Promise<Evidence> =>
    sendForm<Evidence>(`/api/cases/${encodeURIComponent(caseNo)}/evidence`, evidenceForm(sent), progress),
  withdraw: (caseNo: string, evidenceId: number, reason: string) =>
    answerOf(
      client.POST('/api/cases/{case_no}/evidence/{evidence_id}/withdraw', {
        params: ofEvidence(caseNo, evidenceId),
        body: { reason },
      }),
    ),
  /** The address of the file itself. */
  file: (caseNo: string, evidenceId: number) => `/api/cases/${encodeURIComponent(caseNo)}/evidence/${evidenceId}/file`,
}

export interface EvidenceSent {
  file: File
  orderNo: string | null
  keepPlace: boolean
  reason: string
}

function evidenceForm(sent: EvidenceSent): FormData {
  const form = new FormData()
  form.set('file', sent.file)
  if (sent.orderNo) form.set('order_no', sent.orderNo)
  form.set('keep_place', String(sent.keepPlace))
  if (sent.reason.trim()) form.set('reason', sent.reason.trim())
  return form
}

export const incidents = {
  of: (caseNo: string) => answerOf(client.GET('/api/cases/{case_no}/incident', { params: ofCase(caseNo) })),
  duplicates: (caseNo: string) => answerOf(client.GET('/api/cases/{case_no}/duplicates', { params: ofCase(caseNo) })),
  /** Both sides of a merge, before anybody does it. */
  preview: (caseNo: string, into: string) =>
    answerOf(client.GET('/api/cases/{case_no}/duplicates/{into}', { params: { path: { case_no: caseNo, into } } })),
}

export const conferences = {
  list: (state: 'open' | 'over' = 'open') => answerOf(client.GET('/api/adjudications', { params: { query: { state } } })),
  one: (adjudicationId: number) =>
    answerOf(client.GET('/api/adjudications/{adjudication_id}', { params: { path: { adjudication_id: adjudicationId } } })),
}

export const shelf = {
  templates: () => answerOf(client.GET('/api/templates')),
  filters: () => answerOf(client.GET('/api/filters')),
  saveFilter: (name: string, terms: SavedFilter['terms']) =>
    answerOf(client.PUT('/api/filters/{name}', { params: { path: { name } }, body: { terms } })),
  forgetFilter: (name: string) => answerOf(client.DELETE('/api/filters/{name}', { params: { path: { name } } })),
}

export const board = {
  snapshot: () => answerOf(client.GET('/api/board')),
}
