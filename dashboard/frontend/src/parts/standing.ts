// How a clock stands: one rule for every list, page and wall.
import type { Clock } from '@/api/types'

import { secondsBetween } from './time'

export type Standing = 'running' | 'soon' | 'late' | 'met' | 'missed'

/** From this share of its time on, a clock is amber. */
export const SOON_SHARE = 0.8

export interface ClockReading {
  standing: Standing
  /** 0..1, how much of the time is used up. */
  used: number
  /** Seconds left (running), over (late, missed) or taken (met). */
  seconds: number
}

/** Return how `clock` stands at `now_ms`. */
export function readClock(clock: Clock, now_ms: number): ClockReading {
  const end = clock.stopped_at ? new Date(clock.stopped_at).getTime() : now_ms
  const whole_s = Math.max(1, secondsBetween(clock.started_at, clock.due_at))
  const taken_s = Math.max(0, secondsBetween(clock.started_at, end))
  const over_s = secondsBetween(clock.due_at, end)
  const used = Math.min(1, taken_s / whole_s)
  if (clock.stopped_at) {
    return over_s > 0 ? { standing: 'missed', used: 1, seconds: over_s } : { standing: 'met', used, seconds: taken_s }
  }
  if (over_s > 0) return { standing: 'late', used: 1, seconds: over_s }
  return { standing: used >= SOON_SHARE ? 'soon' : 'running', used, seconds: -over_s }
}
