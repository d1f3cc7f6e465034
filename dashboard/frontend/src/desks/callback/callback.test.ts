import { describe, expect, it } from 'vitest'

import type { CallBackItem } from '@/api/callbacks'

import { isIn, standingOf } from './standing'
import { bodyOf, NOTHING_SAID, turned, verdictOf, type Answers } from './verdict'

const NOON = Date.parse('2026-11-23T12:00:00+08:00')
const item = (more: Partial<CallBackItem> = {}, state = 'to_call_back'): CallBackItem =>
  ({
    card: { case_no: '20261123-000001-3', state },
    tries: 0,
    tries_needed: 3,
    next_try_at: null,
    called_today: false,
    ask_by: 'phone',
    may_call: true,
    message_at: null,
    contradictions: [],
    ...more,
  }) as unknown as CallBackItem

describe('whether a citizen may be called', () => {
  it('is now at first, and again as soon as the next allowed moment has come', () => {
    expect(standingOf(item(), NOON)).toBe('now')
    const tried = item({ tries: 1, next_try_at: '2026-11-23T12:00:00+08:00' }, 'call_back_again')
    expect(standingOf(tried, NOON - 1)).toBe('later')
    expect(standingOf(tried, NOON)).toBe('now')
  })

  it('waits for the hours of the desk at the first try', () => {
    expect(standingOf(item({ may_call: false }), NOON)).toBe('night')
    expect(isIn('now', item({ may_call: false }), NOON)).toBe(true)
    expect(isIn('later', item({ may_call: false }), NOON)).toBe(false)
  })

  it('is another day when the same incident was called about today', () => {
    expect(standingOf(item({ called_today: true }), NOON)).toBe('another_day')
  })

  it('is no more after the last try, and over when the case has moved on', () => {
    expect(standingOf(item({ tries: 3 }, 'call_back_again'), NOON)).toBe('tried_out')
    expect(standingOf(item({}, 'closed'), NOON)).toBe('over')
  })

  it('puts whoever wishes a message into that part and not among the calls', () => {
    const wished = item({ ask_by: 'message' })
    expect(isIn('message', wished, NOON)).toBe(true)
    expect(isIn('now', wished, NOON)).toBe(false)
    expect(isIn('doubt', item({ contradictions: ['relapse'] }), NOON)).toBe(true)
  })
})

const said = (more: Partial<Answers>): Answers => ({ ...NOTHING_SAID, ...more })
const BOTH = ['rate', 'redo', 'missed'] as const

describe('what the answers come to', () => {
  it('is nothing before contact, solution and grade are said', () => {
    expect(verdictOf(NOTHING_SAID, BOTH)).toEqual({ lacking: ['contacted', 'solved', 'grade'], unhappy: false, endings: [] })
  })

  it('is closed when the citizen is content', () => {
    const verdict = verdictOf(said({ contacted: true, solved: 'solved', grade: 5 }), BOTH)
    expect(verdict).toEqual({ lacking: [], unhappy: false, endings: ['rate'] })
  })

  it('asks whether it is reasonable and whether the unit did its duty when they are not', () => {
    const verdict = verdictOf(said({ contacted: true, solved: 'unsolved', grade: 1 }), BOTH)
    expect(verdict.lacking).toEqual(['reasonable', 'duty_done'])
    expect(verdict.endings).toEqual([])
  })

  it('is done again, with a reason, when the demand is reasonable and the duty not done', () => {
    const answers = said({ contacted: true, solved: 'unsolved', grade: 1, reasonable: true, duty_done: false })
    expect(verdictOf(answers, BOTH)).toEqual({ lacking: ['reason'], unhappy: true, endings: ['redo'] })
    expect(verdictOf({ ...answers, reason: '摊位还在' }, BOTH).lacking).toEqual([])
  })

  it('is done again whatever the caller thinks of the demand and of the unit: one person excuses nobody', () => {
    const answers = said({ contacted: true, solved: 'unsolved', grade: 1, reasonable: false, duty_done: true, reason: '要求拆除合法建筑' })
    expect(verdictOf(answers, BOTH).endings).toEqual(['redo'])
  })

  it('is closed when the panel has found the demand unreasonable', () => {
    const answers = said({ contacted: true, solved: 'partly', grade: 2, reasonable: true, duty_done: false, reason: '仍有异味' })
    expect(verdictOf(answers, ['rate'], true).endings).toEqual(['rate'])
  })

  it('closes as it is when no redo is left, and counts it as not satisfied', () => {
    const answers = said({ contacted: true, solved: 'unsolved', grade: 1, reasonable: true, duty_done: false, reason: '已三次重办' })
    expect(verdictOf(answers, ['rate']).endings).toEqual(['rate'])
    expect(bodyOf(answers, 'rate')).toMatchObject({ grade: 1, reasonable: true, text: '已三次重办' })
  })

  it('takes "nobody contacted me" as unhappy whatever the grade', () => {
    const answers = said({ contacted: false, solved: 'solved', grade: 4, reasonable: true, duty_done: false, reason: '没人联系' })
    expect(verdictOf(answers, BOTH).endings).toEqual(['redo', 'rate'])
  })
})

describe('what is sent', () => {
  it('leaves blame open of whoever is content, even if somebody had answered it before', () => {
    const body = bodyOf(said({ contacted: true, solved: 'solved', grade: 5, reasonable: false, duty_done: true, text: ' 很好 ' }), 'rate')
    expect(body).toMatchObject({ reasonable: null, duty_done: null, text: '很好', via: 'phone' })
    expect(body).not.toHaveProperty('reason')
  })

  it('gives the reason of a redo as the reason and the note as the note', () => {
    const body = bodyOf(said({ contacted: true, solved: 'unsolved', grade: 1, reason: '没修好', text: '语气平和' }), 'redo')
    expect(body).toMatchObject({ reason: '没修好', text: '语气平和' })
  })
})

describe('a key that goes through the answers', () => {
  it('begins with the first, goes to the last, and then to none', () => {
    expect(turned([true, false], null)).toBe(true)
    expect(turned([true, false], true)).toBe(false)
    expect(turned([true, false], false)).toBeNull()
  })
})
