// The one typed client, made from the OpenAPI document. Nothing else in the front end fetches.
import createClient, { type Middleware } from 'openapi-fetch'

import type { paths } from './schema'

let csrfToken = ''

/** Keep the token that every changing request must carry; it comes with `/api/me`. */
export function keepCsrfToken(token: string): void {
  csrfToken = token
}

/** Return that token, for what is not sent by this client. */
export function csrf(): string {
  return csrfToken
}

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-CSRFToken', csrfToken)
    return request
  },
  onResponse({ response }) {
    // The session has ended: sign in again and come back to the same address.
    if (response.status === 401) {
      const here = location.pathname + location.search
      location.assign(`/sign-in?next=${encodeURIComponent(here)}`)
    }
  },
}

export const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })
client.use(guard)
