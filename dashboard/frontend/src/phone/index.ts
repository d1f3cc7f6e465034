// The telephone of a seat: one interface, two carriers. Which one the centre says with the token.
import { desk } from '@/api'

import type { SoftPhone } from './softphone'

export type { PhoneState, SoftPhone } from './softphone'

/** Return the telephone of this seat. Each driver is loaded only where it is used. */
export async function openPhone(): Promise<SoftPhone> {
  const first = await desk.phoneToken()
  if (first.driver === 'twilio') {
    const { twilioPhone } = await import('./twilio')
    return twilioPhone(first, desk.phoneToken)
  }
  const { practicePhone } = await import('./practice')
  return practicePhone(desk.phoneToken)
}
