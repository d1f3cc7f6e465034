// Moments and spans in words. Every moment is shown as the city's clocks show it, wherever the browser is.
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const CITY_ZONE = 'Asia/Shanghai'
const MINUTE_S = 60
const HOUR_S = 3600
const DAY_S = 86_400

type Translate = (key: string, named: Record<string, unknown>) => string

const clockFace = new Intl.DateTimeFormat('zh-CN', {
  timeZone: CITY_ZONE,
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
/** "2026-11-23", as the city counts days. */
export const calendarDay = new Intl.DateTimeFormat('en-CA', { timeZone: CITY_ZONE })

/** "17:30" */
export function hourOf(at: string): string {
  return clockFace.format(new Date(at))
}

/** "今天 17:30", "12-04 09:00", or with the year when it is another one. */
export function moment(at: string, now_ms: number, t: Translate): string {
  const day = calendarDay.format(new Date(at))
  const away = Math.round((Date.parse(day) - Date.parse(calendarDay.format(now_ms))) / (DAY_S * 1000))
  const near = { [-1]: 'time.yesterday', 0: 'time.today', 1: 'time.tomorrow' }[away]
  if (near) return `${t(near, {})} ${hourOf(at)}`
  const sameYear = day.slice(0, 4) === calendarDay.format(now_ms).slice(0, 4)
  return `${sameYear ? day.slice(5) : day} ${hourOf(at)}`
}

/** "2 小时 10 分": the two largest units, never seconds. */
export function span(seconds: number, t: Translate): string {
  const days = Math.floor(seconds / DAY_S)
  const hours = Math.floor((seconds % DAY_S) / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  const words = [
    days ? t('time.days', { n: days }) : '',
    hours ? t('time.hours', { n: hours }) : '',
    minutes && !days ? t('time.minutes', { n: minutes }) : '',
  ].filter(Boolean)
  return words.join(' ') || t('time.lessThanMinute', {})
}

/** "02:31" or "1:02:31": a running time on the telephone. */
export function runningTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const pair = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(whole / HOUR_S)
  const rest = `${pair(Math.floor((whole % HOUR_S) / MINUTE_S))}:${pair(whole % MINUTE_S)}`
  return hours ? `${hours}:${rest}` : rest
}

export function secondsBetween(from: string | number, to: string | number): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000
}

const shared = ref(Date.now())
let listeners = 0
let ticking: ReturnType<typeof setInterval> | undefined

/** The present in milliseconds, ticking once a second while anybody looks; all clocks of a page tick together. */
export function useNow(): Readonly<Ref<number>> {
  if (listeners++ === 0) {
    shared.value = Date.now()
    ticking = setInterval(() => (shared.value = Date.now()), 1000)
  }
  onScopeDispose(() => {
    if (--listeners === 0) clearInterval(ticking)
  })
  return readonly(shared)
}

/** "2026-11-23T17:30", as the city's clocks show it: what a field for a moment takes. */
export function cityMoment(at_ms: number): string {
  return `${calendarDay.format(at_ms)}T${clockFace.format(at_ms)}`
}
