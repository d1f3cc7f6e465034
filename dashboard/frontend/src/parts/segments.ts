// Why a deadline is where it is: the counted stretches of time, day by day.
import { calendarDay, hourOf } from './time'

export interface CountedDay {
  /** "2026-11-23" */
  day: string
  /** 0 = Sunday */
  weekday: number
  /** "09:00–12:00" */
  spans: string[]
  minutes: number
}

/** Return the counted days of `segments`; a stretch over midnight counts to each of its days. */
export function countedDays(segments: readonly (readonly string[])[]): CountedDay[] {
  const days = new Map<string, CountedDay>()
  for (const [from, to] of segments) {
    if (from && to) for (const [start, end] of byDay(Date.parse(from), Date.parse(to))) add(days, start, end)
  }
  return [...days.values()]
}

const DAY_MS = 86_400_000
const CITY_OFFSET_MS = 8 * 3_600_000

function* byDay(from_ms: number, to_ms: number): Generator<[number, number]> {
  for (let start = from_ms; start < to_ms; ) {
    const midnight = (Math.floor((start + CITY_OFFSET_MS) / DAY_MS) + 1) * DAY_MS - CITY_OFFSET_MS
    const end = Math.min(to_ms, midnight)
    yield [start, end]
    start = end
  }
}

function add(days: Map<string, CountedDay>, start_ms: number, end_ms: number): void {
  const day = calendarDay.format(start_ms)
  const known = days.get(day) ?? { day, weekday: new Date(`${day}T00:00:00Z`).getUTCDay(), spans: [], minutes: 0 }
  const end = calendarDay.format(end_ms) === day ? hourOf(new Date(end_ms).toISOString()) : '24:00'
  known.spans.push(`${hourOf(new Date(start_ms).toISOString())}–${end}`)
  known.minutes += Math.round((end_ms - start_ms) / 60_000)
  days.set(day, known)
}
