// What the callback desk asks the centre: whom to ask, about what, which promises to look back on.
import { client } from './client'
import { answerOf } from './problem'
import type { components } from './schema'

type Shapes = components['schemas']

export type CallBackItem = Shapes['CallBackItem']
export type CallBackSheet = Shapes['CallBackSheet']
export type CallBackTry = Shapes['CallBackTry']
export type Doubt = CallBackItem['contradictions'][number]
export type AskBy = CallBackItem['ask_by']
export type LookBackItem = Shapes['LookBackItem']

const ofCase = (caseNo: string) => ({ path: { case_no: caseNo } })

export const callbacks = {
  page: (cursor: string | null = null) =>
    answerOf(client.GET('/api/callbacks', { params: { query: cursor ? { cursor } : {} } })),
  lookBacks: (after = 0) => answerOf(client.GET('/api/callbacks/look-backs', { params: { query: { after } } })),
  sheet: (caseNo: string) => answerOf(client.GET('/api/callbacks/{case_no}', { params: ofCase(caseNo) })),
  /** Note how the citizen wants to be asked. */
  wish: (caseNo: string, askBy: AskBy) =>
    answerOf(client.PUT('/api/callbacks/{case_no}/wish', { params: ofCase(caseNo), body: { ask_by: askBy } })),
  /** Send the citizen a fresh link to rate by. */
  message: (caseNo: string) => answerOf(client.POST('/api/callbacks/{case_no}/message', { params: ofCase(caseNo) })),
}
