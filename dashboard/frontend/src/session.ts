// Who is signed in, and the trees of the city that forms choose from. Loaded once before the first page.
import { shallowReactive } from 'vue'

import { accounts, keepCsrfToken, type City, type Me } from '@/api'

interface Session {
  me: Me | null
  city: City | null
}

export const session = shallowReactive<Session>({ me: null, city: null })

/** Load the person and the city; raises `ApiProblem` when nobody is signed in or the centre is away. */
export async function openSession(): Promise<void> {
  const me = await accounts.me()
  keepCsrfToken(me.csrf_token)
  session.me = me
  session.city = await accounts.city()
}

/** Return the signed-in person; pages render only after `openSession`. */
export function signedIn(): Me {
  if (!session.me) throw new Error('the session is not open')
  return session.me
}

/** Say whether the person holds at least one of `roles`. */
export function holds(...roles: string[]): boolean {
  return session.me?.roles.some((role) => roles.includes(role)) ?? false
}
