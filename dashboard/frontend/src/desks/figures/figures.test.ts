import { describe, expect, it } from 'vitest'

import type { FigureName, FigureStanding, FigureValue } from '@/api/figures'

import { asked, daysIn, isDay, periodFrom, shifted, spannedAs, termsOf } from './period'
import { below, grouped, percent, plain, tiersOf, tooFew } from './shown'

const TODAY = '2026-11-23'

describe('a period', () => {
  it('is this month where the address says nothing', () => {
    expect(periodFrom({}, TODAY)).toEqual({ span: 'month', first: '2026-11-01', last: '2026-11-30' })
  })

  it('ends on the 29th of a leap February', () => {
    expect(periodFrom({ span: 'month', on: '2028-02-10' }, TODAY).last).toBe('2028-02-29')
  })

  it('takes Sunday to the week that began on the Monday before', () => {
    expect(periodFrom({ span: 'week', on: '2026-11-29' }, TODAY)).toMatchObject({ first: '2026-11-23', last: '2026-11-29' })
  })

  it('falls back to the month for a range that ends before it begins, and for days that are none', () => {
    expect(periodFrom({ span: 'range', first: '2026-11-09', last: '2026-11-01' }, TODAY).span).toBe('month')
    expect(periodFrom({ span: 'day', on: '2026-02-30' }, TODAY).first).toBe(TODAY)
    expect(isDay('2026-13-01')).toBe(false)
  })

  it('steps over the end of a year by months', () => {
    expect(shifted(periodFrom({ on: '2026-01-31' }, TODAY), -1)).toMatchObject({ first: '2025-12-01', last: '2025-12-31' })
  })

  it('steps by its own length where it is a range', () => {
    const range = periodFrom({ span: 'range', first: '2026-11-01', last: '2026-11-10' }, TODAY)
    expect(shifted(range, -1)).toMatchObject({ first: '2026-10-22', last: '2026-10-31' })
    expect(daysIn(range.first, range.last)).toBe(10)
  })

  it('becomes the day of today when today is in it, else its first day', () => {
    expect(spannedAs(periodFrom({}, TODAY), 'day', TODAY).first).toBe(TODAY)
    expect(spannedAs(periodFrom({ on: '2026-09-09' }, TODAY), 'day', TODAY).first).toBe('2026-09-01')
  })

  it('comes back the same through an address', () => {
    for (const span of ['day', 'week', 'month', 'range'] as const) {
      const period = spannedAs(periodFrom({ on: '2026-10-07' }, TODAY), span, TODAY)
      expect(periodFrom(termsOf(period), TODAY)).toEqual(period)
    }
  })

  it('is asked for by its days only where it is a range', () => {
    expect(asked(periodFrom({}, TODAY))).toEqual({ span: 'month', on: '2026-11-01' })
  })
})

const standing = (unit: string, type: string, load: FigureStanding['load'], rank: number | null): FigureStanding => ({
  unit,
  name: unit,
  type,
  load,
  rank,
  figure: {} as FigureValue,
})

describe('tiers', () => {
  it('put like with like, the busy first, and the unranked last', () => {
    const found = tiersOf([
      standing('b', 'street', 'normal', 2),
      standing('d', 'street', 'low', null),
      standing('a', 'street', 'normal', 1),
      standing('c', 'department', 'normal', 1),
      standing('e', 'street', 'high', 1),
    ])
    expect(found.map((tier) => [tier.type, tier.load, tier.rows.map((row) => row.unit)])).toEqual([
      ['department', 'normal', ['c']],
      ['street', 'high', ['e']],
      ['street', 'normal', ['a', 'b']],
      ['street', 'low', ['d']],
    ])
  })
})

const name = (code: string, kind: FigureName['kind'] = 'share') => ({ code, kind }) as FigureName
const of = (denominator: number) => ({ denominator }) as FigureValue

describe('the units of a person', () => {
  it('are their own and all below it, in whatever order they are listed', () => {
    const unit = (code: string, parent: string | null) => ({ code, parent })
    const units = [unit('c', 'b'), unit('b', 'a'), unit('a', null), unit('x', null), unit('y', 'x')]
    expect([...below(units, 'a')].sort()).toEqual(['a', 'b', 'c'])
    expect([...below(units, 'c')]).toEqual(['c'])
  })
})

describe('figures in words', () => {
  it('says too few below the least number, but never of a count', () => {
    expect(tooFew(name('solved'), of(29), 30)).toBe(true)
    expect(tooFew(name('solved'), of(30), 30)).toBe(false)
    expect(tooFew(name('opened', 'count'), of(3), 30)).toBe(false)
  })

  it('keeps the order of the groups and shows figures it does not know', () => {
    const groups = grouped([name('brand_new'), name('satisfied'), name('responded')])
    expect(groups.map((group) => [group.name, group.figures.map((one) => one.code)])).toEqual([
      ['rates', ['responded', 'satisfied']],
      ['other', ['brand_new']],
    ])
  })

  it('shows shares with one place and halves as halves', () => {
    expect(percent(0.9317)).toBe('93.2%')
    expect([plain(12), plain(12.5)]).toEqual(['12', '12.5'])
  })
})
