// Each unit's load before and after, the ones that change most first.
import type { WhatIfResult } from '@/api/duties'

type Load = WhatIfResult['load'][number]

export interface LoadBar extends Load {
  /** after − before */
  change: number
  /** Shares of the longest bar. */
  beforeWidth: number
  afterWidth: number
}

export function loadBars(loads: readonly Load[]): { moved: LoadBar[]; same: number } {
  const longest = Math.max(1, ...loads.flatMap((one) => [one.before, one.after]))
  const bars = loads.map((one) => ({
    ...one,
    change: one.after - one.before,
    beforeWidth: one.before / longest,
    afterWidth: one.after / longest,
  }))
  const moved = bars.filter((one) => one.change !== 0)
  moved.sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || b.after - a.after)
  return { moved, same: bars.length - moved.length }
}

/** "+3", "−3", "0": a change in words. */
export function signed(change: number): string {
  return change > 0 ? `+${change}` : change < 0 ? `−${-change}` : '0'
}

/** Return part of whole as a share, or null where there is nothing to divide by. */
export function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null
}
