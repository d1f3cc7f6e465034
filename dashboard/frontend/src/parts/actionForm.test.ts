import { describe, expect, it } from 'vitest'

import { Attempts } from '@/api/attempts'

import table from '../../../../dispatch/table.py?raw'
import { applies, atOnce, bodyOf, fieldsOf, missing, type Values } from './actionForm'
import { marksOf } from './flags'
import { followsIn } from './follows'
import { dayHint } from './workday'

const RETURN = { needs: ['code', 'basis', 'suggested_unit'], may: ['reason'], codes: 'return' } as const
const REPLY = {
  needs: ['text'],
  may: ['contacted_at', 'contact_mode', 'truth', 'solved', 'unsolved_reason', 'promise_on', 'public_reply', 'files'],
  codes: 'unsolved',
} as const
const fields = (offered: typeof RETURN | typeof REPLY) => fieldsOf({ ...offered, needs: [...offered.needs], may: [...offered.may] })

describe('the form of an action', () => {
  it('has one field for each need, those that must be given marked, in the order of thinking', () => {
    expect(fields(RETURN).map(({ need, required }) => [need, required])).toEqual([
      ['code', true],
      ['basis', true],
      ['suggested_unit', true],
      ['reason', false],
    ])
  })

  it('chooses the reason from the list of the action and other codes from their own lists', () => {
    expect(fields(RETURN)[0]!.list).toBe('return')
    const lists = Object.fromEntries(fields(REPLY).map(({ need, list }) => [need, list]))
    expect([lists.contact_mode, lists.unsolved_reason]).toEqual(['contact_mode', 'unsolved'])
  })

  it('says what is still missing; white space is nothing', () => {
    expect(missing(fields(RETURN), { code: 'other_area', basis: '  ' })).toEqual(['basis', 'suggested_unit'])
  })

  it('asks why it is unsolved only when it is', () => {
    const asked = (values: Values) =>
      fields(REPLY).filter((field) => applies(field, values)).map(({ need }) => need).filter((need) => need === 'unsolved_reason')
    expect([asked({}), asked({ solved: 'solved' }), asked({ solved: 'partly' })]).toEqual([[], [], ['unsolved_reason']])
  })

  it('sends what was given under the names of the API, moments with the offset of the city', () => {
    const dispatch = fieldsOf({ needs: ['unit'], may: ['helpers', 'reason'], codes: null })
    expect(bodyOf(dispatch, { unit: 'a', helpers: ['b'], reason: ' ' })).toEqual({ unit_code: 'a', helper_codes: ['b'] })
    expect(bodyOf(fields(REPLY), { text: ' 修好了 ', contacted_at: '2026-03-02T09:30', solved: 'solved', promise_on: '2026-04-01' })).toEqual({
      text: '修好了',
      contacted_at: '2026-03-02T09:30:00+08:00',
      solved: 'solved',
    })
  })

  it('sends a no as well as a yes', () => {
    const vote = fieldsOf({ needs: ['reasonable', 'duty_done'], may: [], codes: null })
    expect([missing(vote, { reasonable: false, duty_done: true }), bodyOf(vote, { reasonable: false, duty_done: true })]).toEqual([
      [],
      { reasonable: false, duty_done: true },
    ])
  })

  it('is needless where nothing is asked', () => {
    expect([atOnce({ needs: [], may: [] }), atOnce({ needs: [], may: ['reason'] })]).toEqual([true, false])
  })
})

describe('what follows', () => {
  const sentences = [...new Set([...table.matchAll(/follows"?[=:] ?"([^"]+)"/g)].map((found) => found[1]!))]

  it('is found in the table', () => expect(sentences.length).toBeGreaterThan(20))
  it.each(sentences)('"%s" has its English', (sentence) => expect(followsIn('en', sentence)).not.toBe(sentence))
})

describe('the key of an attempt', () => {
  it('stays while nobody has answered, and is new after an answer or for another request', () => {
    const attempts = new Attempts()
    const first = attempts.keyFor({ a: 1 })
    expect(attempts.keyFor({ a: 1 })).toBe(first)
    expect(attempts.keyFor({ a: 2 })).not.toBe(first)
    attempts.answered({ a: 1 })
    expect(attempts.keyFor({ a: 1 })).not.toBe(first)
  })
})

describe('a chosen day', () => {
  it.each([
    ['2026-11-23', 'working', 1],
    ['2026-11-28', 'off', 6],
    ['2026-11-20', 'past', 5],
  ])('%s is %s', (day, kind, weekday) => expect(dayHint(day, '2026-11-23')).toEqual({ kind, weekday }))
  it('says nothing until it is whole', () => expect(dayHint('2026-1', '2026-11-23')).toBeNull())
})

describe('the marks of a case', () => {
  const card = { supervision_level: 2, redos: 1, urgings: 0, incident_size: 3, flags: ['supervised', 'secret', 'relapse'] }

  it('stand by weight, and a level takes the place of its mere mark', () => {
    expect(marksOf(card as never).map(({ name, n }) => [name, n])).toEqual([
      ['supervision', 2],
      ['relapse', null],
      ['redone', 1],
      ['merged', 3],
      ['secret', null],
    ])
  })
})
