// Which callbacks may be made now, and why not the others. The centre decides; this only says it, as time goes by.
import type { CallBackItem } from '@/api/callbacks'

export type Standing = 'now' | 'later' | 'night' | 'another_day' | 'tried_out' | 'over'
export type Part = 'now' | 'later' | 'message' | 'doubt' | 'all'

export const PARTS: readonly Part[] = ['now', 'later', 'message', 'doubt', 'all']

const ASKED_ABOUT: ReadonlySet<string> = new Set(['to_call_back', 'call_back_again'])

/** Return whether the citizen may be called at `now_ms`. */
export function standingOf(item: CallBackItem, now_ms: number): Standing {
  if (!ASKED_ABOUT.has(item.card.state)) return 'over'
  if (item.tries >= item.tries_needed) return 'tried_out'
  if (item.next_try_at && Date.parse(item.next_try_at) > now_ms) return 'later'
  if (item.called_today) return 'another_day'
  // Later tries are set into the hours of the desk; the first may come at any time of day, and waits for them.
  return item.may_call || item.next_try_at ? 'now' : 'night'
}

/** Say whether an item belongs into a part of the desk's list. */
export function isIn(part: Part, item: CallBackItem, now_ms: number): boolean {
  const standing = standingOf(item, now_ms)
  if (part === 'all') return true
  if (part === 'doubt') return item.contradictions.length > 0
  if (part === 'message') return item.ask_by === 'message'
  // Whoever waits for the morning comes first then, so stands in the same part, and says so.
  const next = standing === 'now' || standing === 'night'
  return part === 'now' ? next && item.ask_by === 'phone' : !next
}
