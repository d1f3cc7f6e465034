import { describe, expect, it } from 'vitest'

import { pressed } from './keys'
import { readClock } from './standing'
import { moment, runningTime, span } from './time'
import { trees } from './tree'

const words = (key: string, named: Record<string, unknown>) => `${key.split('.')[1]}${named.n ?? ''}`
const at = (time: string) => `2026-01-05T${time}:00+08:00`
const ms = (time: string) => Date.parse(at(time))

describe('a clock', () => {
  const clock = { started_at: at('08:00'), due_at: at('18:00'), stopped_at: null, limit: '' }

  it.each([
    ['09:00', 'running', 9 * 3600],
    ['15:59', 'running', 2 * 3600 + 60],
    ['16:00', 'soon', 2 * 3600],
    ['18:01', 'late', 60],
  ])('at %s is %s', (time, standing, seconds) => {
    expect(readClock(clock, ms(time))).toMatchObject({ standing, seconds })
  })

  it.each([
    ['12:00', 'met', 4 * 3600],
    ['19:00', 'missed', 3600],
  ])('stopped at %s is %s, whatever the hour is now', (time, standing, seconds) => {
    expect(readClock({ ...clock, stopped_at: at(time) }, ms('23:00'))).toMatchObject({ standing, seconds })
  })
})

describe('times in words', () => {
  it.each([
    [30, 'lessThanMinute'],
    [90, 'minutes1'],
    [2 * 3600 + 600, 'hours2 minutes10'],
    [90_000, 'days1 hours1'],
  ])('%i seconds are "%s"', (seconds, said) => expect(span(seconds, words)).toBe(said))

  it.each([
    [151, '02:31'],
    [3_751, '1:02:31'],
    [-5, '00:00'],
  ])('%i seconds on the telephone are %s', (seconds, said) => expect(runningTime(seconds)).toBe(said))

  it('names days as the city sees them, whatever the zone of the moment', () => {
    const now = ms('12:00')
    expect(moment('2026-01-05T09:30:00Z', now, words)).toBe('today 17:30')
    expect(moment('2026-01-05T17:30:00Z', now, words)).toBe('tomorrow 01:30')
    expect(moment('2026-02-01T01:00:00Z', now, words)).toBe('02-01 09:00')
    expect(moment('2027-02-01T01:00:00Z', now, words)).toBe('2027-02-01 09:00')
  })
})

describe('trees', () => {
  it('hangs each entry under its parent, and makes a root of one whose parent is unknown', () => {
    const flat = [
      { code: '2', name: '乙', parent: '1' },
      { code: '1', name: '甲', parent: null },
      { code: '9', name: '丙', parent: 'x' },
    ]
    expect(trees(flat)).toEqual([
      { value: '1', label: '甲', children: [{ value: '2', label: '乙' }] },
      { value: '9', label: '丙' },
    ])
  })
})

describe('the name of a key', () => {
  it.each([
    [{ key: 'Enter', ctrlKey: true, metaKey: false }, 'Ctrl+Enter'],
    [{ key: 'Enter', ctrlKey: false, metaKey: true }, 'Ctrl+Enter'],
    [{ key: 'j', ctrlKey: false, metaKey: false }, 'j'],
  ])('%o is %s', (event, name) => expect(pressed(event)).toBe(name))
})
