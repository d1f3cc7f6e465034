// How far the page is behind the centre, told by the beats it hears (one every 5 s).

export type FeedState = 'live' | 'behind' | 'offline'

export interface Health {
  state: FeedState
  /** Seconds since the last beat; 0 while live. */
  behind_s: number
}

/** A page that has heard nothing for this long says how far it is behind. */
export const SILENCE_MS = 12_000

/** Return the state of the feed at `now_ms`. `heard_ms` is when the last beat or snapshot came. */
export function healthAt(now_ms: number, heard_ms: number, connected: boolean): Health {
  const silent_ms = Math.max(0, now_ms - heard_ms)
  const behind_s = Math.floor(silent_ms / 1000)
  if (!connected) return { state: 'offline', behind_s }
  if (silent_ms > SILENCE_MS) return { state: 'behind', behind_s }
  return { state: 'live', behind_s: 0 }
}
