// What the button of a row does. Only a hint of the next step: what is allowed, the case itself says when it is open.
import type { ActionName, CaseState } from '@/api'
import { holds } from '@/session'

export type NextActions = Partial<Record<CaseState, ActionName>>

/** Return the next action by the state of a case, for the roles of the signed-in person. */
export function nextActions(): NextActions {
  return {
    ...(holds('agent', 'dispatcher', 'supervisor') ? { draft: 'register' } : {}),
    ...(holds('dispatcher', 'supervisor') ? { to_dispatch: 'dispatch' } : {}),
    ...(holds('handler') ? { to_sign: 'sign', handling: 'reply' } : {}),
    ...(holds('reviewer', 'supervisor') ? { to_review: 'close' } : {}),
  }
}
