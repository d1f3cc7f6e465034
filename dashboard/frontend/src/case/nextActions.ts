// What the button of a row does. Only a hint of the next step: what is allowed, the case itself says when it is open.
import type { ActionName, CaseState } from '@/api'
import { holds } from '@/session'

export type NextActions = Partial<Record<CaseState, ActionName>>

/** Return the next action by the state of a case, for the roles of the signed-in person. */
export function nextActions(): NextActions {
  return {
    ...(holds('agent', 'dispatcher', 'supervisor') ? { draft: 'register', received: 'accept' } : {}),
    ...(holds('dispatcher', 'supervisor') ? { to_dispatch: 'dispatch', return_review: 'grant_return' } : {}),
    ...(holds('supervisor', 'leader') ? { adjudication: 'rule' } : {}),
    ...(holds('handler') ? { to_sign: 'sign', handling: 'reply', redo: 'reply', adjudication: 'opine' } : {}),
    ...(holds('reviewer', 'supervisor') ? { to_review: 'pass' } : {}),
    ...(holds('callback', 'reviewer', 'supervisor') ? { to_call_back: 'rate', call_back_again: 'rate' } : {}),
  }
}

/** Say whether the button of a row would be refused: while a case is supervised, only the chief signs the reply. */
export function rowRefused(action: ActionName, flags: readonly string[]): boolean {
  return action === 'reply' && flags.includes('supervised') && !holds('chief')
}

/** Return the key of the words for the button of a row: a decision is named as what is decided. */
export function rowLabel(action: ActionName): string {
  if (action === 'grant_return') return 'cases.works.ruling'
  return action === 'pass' || action === 'close' ? 'cases.works.review' : `action.${action}`
}
