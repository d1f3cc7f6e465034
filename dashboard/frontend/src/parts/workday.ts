// A day that somebody chooses: what weekday it is and whether it still lies ahead. The city's calendar itself
// (holidays, make-up days) is the centre's to apply.
import { calendarDay } from './time'

export interface DayHint {
  kind: 'working' | 'off' | 'past'
  /** 0 = Sunday */
  weekday: number
}

/** Return the day of `now_ms` in the city, as "2026-11-23". */
export function cityDay(now_ms: number): string {
  return calendarDay.format(now_ms)
}

/** Return what to say of `day`, or null while none is chosen. */
export function dayHint(day: string, today: string): DayHint | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  if (day < today) return { kind: 'past', weekday }
  return { kind: weekday === 0 || weekday === 6 ? 'off' : 'working', weekday }
}
