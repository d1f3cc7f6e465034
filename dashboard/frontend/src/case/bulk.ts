// The same action on many cases: one after the other, each with its own answer, so that one refusal stops nothing.
import { asProblem } from '@/api/problem'
import type { ActionBody, ActionName, AllowedAction, CaseDetail } from '@/api/types'

export interface Done {
  caseNo: string
  /** What the centre said, or null when it is done. */
  refused: string | null
}

/** What is asked of the centre, so that the rule can be tried without one. */
export interface Centre {
  one: (caseNo: string) => Promise<CaseDetail>
  act: (caseNo: string, action: ActionName, body: Partial<ActionBody> & { version: number }) => Promise<CaseDetail>
}

/** Act on every case in turn; `told` hears each answer as it comes. `notNow` is what to say of a case that does not allow it. */
export async function actOnAll(
  centre: Centre,
  caseNos: readonly string[],
  action: ActionName,
  body: Partial<ActionBody>,
  notNow: string,
  told: (done: Done, detail: CaseDetail | null) => void,
): Promise<Done[]> {
  const all: Done[] = []
  for (const caseNo of caseNos) {
    const { done, detail } = await actOnOne(centre, caseNo, action, body, notNow)
    all.push(done)
    told(done, detail)
  }
  return all
}

async function actOnOne(centre: Centre, caseNo: string, action: ActionName, body: Partial<ActionBody>, notNow: string) {
  try {
    const before = await centre.one(caseNo)
    const allowed: AllowedAction | undefined = before.actions.find((offered) => offered.action === action)
    if (!allowed) return { done: { caseNo, refused: notNow }, detail: before }
    const detail = await centre.act(caseNo, action, { version: before.card.version, order_no: allowed.order_no, ...body })
    return { done: { caseNo, refused: null }, detail }
  } catch (thrown) {
    return { done: { caseNo, refused: asProblem(thrown).message }, detail: null }
  }
}
