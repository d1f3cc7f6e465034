// Quarter hours of the city's day (UTC+8 throughout China), counted from midnight.
const QUARTER_MS = 15 * 60_000
const DAY_MS = 86_400_000
const CITY_AHEAD_MS = 8 * 3_600_000

/** Return which quarter hour of the day it is, 0..95. */
export function nowQuarter(at_ms: number): number {
  return Math.floor(((at_ms + CITY_AHEAD_MS) % DAY_MS) / QUARTER_MS)
}

/** "09:15" for the 37th; "24:00" for the end of the day. */
export function quarterClock(quarter: number): string {
  const pair = (n: number) => String(n).padStart(2, '0')
  return `${pair(Math.floor(quarter / 4))}:${pair((quarter % 4) * 15)}`
}
