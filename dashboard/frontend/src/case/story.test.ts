import { describe, expect, it } from 'vitest'

import type { AllowedAction, OrderCard } from '@/api/types'
import { countedDays } from '@/parts/segments'
import { factLines, type Words } from '@/parts/storyFacts'

import { orderTree } from './orderTree'
import { isBelow } from './unitTree'
import { leads, likelyOf, openFirst, othersOf, worksOf } from './works'

const SAY: Words = {
  t: (key, named) => key.split('.').pop()! + (named?.when ? ` ${String(named.when)}` : ''),
  unit: (code) => `<${code}>`,
  code: (list, code) => `${list}:${code}`,
  moment: (at) => at.slice(5, 10),
}
const told = (action: string, facts: Record<string, unknown>) =>
  factLines({ action, facts }, SAY).map(({ name, words }) => `${name}=${words}`)

describe('the facts of a step', () => {
  it('name the reason from the list of that action, its basis and the unit that is named', () => {
    expect(told('return', { order_no: 'x', code: 'other_area', basis: '属地管理', suggested_unit: 'b' })).toEqual([
      'code=return:other_area',
      'basis=属地管理',
      'suggested_unit=<b>',
    ])
  })

  it('name each order with its part, unit and due moment', () => {
    const orders = [{ order_no: '1', unit: 'a', part: 'lead', due_at: '2026-11-23T10:00:00Z' }, { unit: 'b', part: 'helper' }]
    expect(told('dispatch', { orders, overrode: false })).toEqual(['orders=lead <a> until 11-23andhelper <b>'])
  })

  it('tell a mark only when it holds, and a no only where it was asked', () => {
    expect(told('sign', { auto: false })).toEqual([])
    expect(told('sign', { auto: true })).toEqual(['auto='])
    expect(told('vote_finding', { reasonable: false, duty_done: true })).toEqual(['reasonable=no', 'duty_done=yes'])
  })

  it('leave out what is empty, unknown, or the due moment that a reply had anyway', () => {
    expect(told('reply', { due_at: '2026-11-23T10:00:00Z', solved: null, defects: [], round: 2 })).toEqual([])
    expect(factLines({ action: 'note', facts: null }, SAY)).toEqual([])
  })
})

describe('the counted days of a deadline', () => {
  it('stand day by day with their stretches, in the hours of the city', () => {
    const days = countedDays([
      ['2026-11-23T00:30:00Z', '2026-11-23T04:00:00Z'],
      ['2026-11-23T05:30:00Z', '2026-11-23T09:30:00Z'],
      ['2026-11-24T00:30:00Z', '2026-11-24T01:00:00Z'],
    ])
    expect(days.map(({ day, weekday, spans, minutes }) => [day, weekday, spans.join(' '), minutes])).toEqual([
      ['2026-11-23', 1, '08:30–12:00 13:30–17:30', 450],
      ['2026-11-24', 2, '08:30–09:00', 30],
    ])
  })

  it('cut a stretch of natural time at midnight of the city', () => {
    const days = countedDays([['2026-11-23T15:00:00Z', '2026-11-23T17:00:00Z']])
    expect(days.map(({ day, spans }) => [day, ...spans])).toEqual([
      ['2026-11-23', '23:00–24:00'],
      ['2026-11-24', '00:00–01:00'],
    ])
  })
})

describe('the works that actions allow', () => {
  const offered = (action: AllowedAction['action'], order_no: string | null = null): AllowedAction => ({
    action, order_no, needs: [], may: [], codes: null, follows: '',
  })
  const ids = (works: readonly { id: string }[]) => works.map(({ id }) => id)

  it('makes one work of the two answers to a return', () => {
    const works = worksOf([offered('grant_return'), offered('refuse_return'), offered('note')])
    expect(works.map(({ form, actions }) => [form, actions.length])).toEqual([['ruling', 2], ['generic', 1]])
  })

  it('makes answering part of finishing a draft, but not of a matter that waits to be accepted', () => {
    expect(ids(worksOf([offered('register'), offered('answer'), offered('discard')]))).toEqual(['finish:'])
    expect(ids(worksOf([offered('accept'), offered('answer')]))).toEqual(['accept:', 'answer:'])
  })

  it('shows three likely works with keys of their own and keeps the rest by group', () => {
    const works = worksOf(['note', 'withdraw', 'ask_extension', 'contact', 'delegate', 'reply', 'ask_finding'].map((name) => offered(name as never)))
    const likely = likelyOf(works)
    expect(likely.map(({ id, key }) => [id, key])).toEqual([['reply:', 'r'], ['delegate:', 'd'], ['contact:', 't']])
    expect(othersOf(works, likely).map(({ group, works: rest }) => [group, ids(rest)])).toEqual([
      ['handle', ['ask_extension:']],
      ['supervise', ['ask_finding:']],
      ['other', ['note:', 'withdraw:']],
    ])
  })

  it('keeps two orders of one unit apart and gives the second no key', () => {
    const likely = likelyOf(worksOf([offered('sign', 'A-1'), offered('sign', 'A-2')]))
    expect(likely.map(({ id, key }) => [id, key])).toEqual([['sign:A-1', 's'], ['sign:A-2', null]])
  })

  it('lets lead only what the case waits for', () => {
    const [merge, sign] = [worksOf([offered('merge')])[0]!, worksOf([offered('sign', 'A-1')])[0]!]
    expect([leads(merge), leads(sign)]).toEqual([false, true])
  })

  it('opens at once what takes thought, never what is one press', () => {
    expect(openFirst(likelyOf(worksOf([offered('dispatch')])))).toBe('dispatch:')
    expect(openFirst(likelyOf(worksOf([offered('sign', 'A-1')])))).toBeNull()
    expect(openFirst([])).toBeNull()
  })
})

describe('the units below a unit', () => {
  const unit = (code: string, parent: string | null) => ({ code, name: code, kind: '', parent, area: null })
  const units = [unit('city', null), unit('district', 'city'), unit('street', 'district'), unit('ring', 'ring')]

  it.each([
    ['street', 'district', true],
    ['street', 'city', true],
    ['district', 'district', false],
    ['city', 'street', false],
    ['ring', 'city', false],
  ])('%s below %s: %s', (code, above, below) => expect(isBelow(code, above, units)).toBe(below))
})

describe('the tree of orders', () => {
  const order = (order_no: string, part: OrderCard['part'], state: OrderCard['state'], parent_order_no: string | null = null) =>
    ({ order_no, part, state, parent_order_no }) as OrderCard

  it('puts live leads first, sub-units beneath their parent, and what is over last', () => {
    const rows = orderTree([
      order('1', 'lead', 'returned'),
      order('2', 'lead', 'handling'),
      order('3', 'helper', 'to_sign'),
      order('4', 'sub', 'handling', '2'),
      order('5', 'sub', 'handling', 'unseen'),
    ])
    expect(rows.map(({ order: one, depth }) => [one.order_no, depth])).toEqual([['2', 0], ['4', 1], ['3', 0], ['5', 0], ['1', 0]])
  })
})
