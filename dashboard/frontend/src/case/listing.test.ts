import { describe, expect, it } from 'vitest'

import type { CaseCard } from '@/api/types'

import { belongs, compared, EMPTY, heard, shownFresh, updated, type Listing } from './listing'

const NOW = Date.parse('2026-03-02T09:00:00+08:00')

function aCase(change: Partial<CaseCard> = {}): CaseCard {
  return {
    case_no: 'A1', version: 2, state: 'to_sign', kind: 'complaint', title: '夜间施工', category: null, area: null,
    urgency: 'normal', lead: null, clock: null, registered_at: null, state_since: '2026-03-02T08:00:00+08:00', round: 1,
    stage_due_at: null, supervision_level: 0, urgings: 0, redos: 0, incident_size: 0, flags: [],
    ...change,
  }
}

function listed(...rows: CaseCard[]): Listing {
  return { ...EMPTY, rows }
}

const numbers = (cards: readonly CaseCard[]) => cards.map((card) => card.case_no)

describe('a list that hears a push', () => {
  it('lets a new case wait instead of pushing the rows', () => {
    const list = heard(listed(aCase()), 'to_sign', aCase({ case_no: 'A2' }), NOW)
    expect([numbers(list.rows), numbers(list.fresh)]).toEqual([['A1'], ['A2']])
  })

  it('does not let a case of another view wait', () => {
    expect(heard(listed(), 'to_sign', aCase({ state: 'handling' }), NOW).fresh).toEqual([])
  })

  it('counts a doubled push once', () => {
    const once = heard(EMPTY, 'to_sign', aCase(), NOW)
    expect(heard(once, 'to_sign', aCase(), NOW).fresh).toHaveLength(1)
  })

  it('forgets a waiting case that moved on before anybody looked', () => {
    const once = heard(EMPTY, 'to_sign', aCase(), NOW)
    expect(heard(once, 'to_sign', aCase({ version: 3, state: 'handling' }), NOW).fresh).toEqual([])
  })

  it('changes a row where it is and says that it has left', () => {
    const list = heard(listed(aCase(), aCase({ case_no: 'A2' })), 'to_sign', aCase({ version: 3, state: 'handling' }), NOW)
    expect(numbers(list.rows)).toEqual(['A1', 'A2'])
    expect([...list.left]).toEqual(['A1'])
  })

  it('does not set a row back to an older version', () => {
    const list = heard(listed(aCase({ version: 5, state: 'handling' })), 'handling', aCase({ version: 4 }), NOW)
    expect(list.rows[0]?.version).toBe(5)
  })
})

describe('a row that is only brought up to date', () => {
  it('takes the newer card, refuses the older one, and stays in the list', () => {
    const newer = updated(listed(aCase()), aCase({ version: 3, state: 'handling' }))
    const older = updated(newer, aCase({ version: 1 }))
    expect(older.rows.map((row) => row.version)).toEqual([3])
    expect(older.left.size).toBe(0)
  })
})

describe('a list that is compared with the centre', () => {
  it('finds cases whose push was lost', () => {
    expect(numbers(compared(listed(aCase()), [aCase({ case_no: 'A3' }), aCase()], true).fresh)).toEqual(['A3'])
  })

  it('marks rows whose leaving was not heard, but only when the page is all there is', () => {
    expect([...compared(listed(aCase()), [], true).left]).toEqual(['A1'])
    expect([...compared(listed(aCase()), [], false).left]).toEqual([])
  })

  it('keeps a waiting case that the page may be too old or too short to have', () => {
    const waiting = heard(EMPTY, 'to_sign', aCase({ case_no: 'A9' }), NOW)
    expect(numbers(compared(waiting, [aCase()], false).fresh)).toEqual(['A9', 'A1'])
  })
})

describe('showing the new rows', () => {
  it('puts them on top and takes out what has left', () => {
    const list: Listing = { rows: [aCase(), aCase({ case_no: 'A2' })], fresh: [aCase({ case_no: 'A3' })], left: new Set(['A1']) }
    expect(numbers(shownFresh(list).rows)).toEqual(['A3', 'A2'])
  })
})

describe('the views', () => {
  const clock = { started_at: '2026-03-01T08:00:00+08:00', due_at: '2026-03-02T08:00:00+08:00', stopped_at: null, limit: '' }
  it.each([
    ['open', aCase(), true],
    ['open', aCase({ state: 'draft' }), false],
    ['open', aCase({ state: 'answered' }), false],
    ['closed', aCase({ state: 'answered' }), true],
    ['unfinished', aCase({ state: 'draft' }), true],
    ['unfinished', aCase({ state: 'to_dispatch' }), false],
    ['late', aCase({ clock }), true],
    ['late', aCase({ clock, state: 'closed' }), false],
    ['late', aCase({ clock: { ...clock, stopped_at: '2026-03-02T08:30:00+08:00' } }), false],
    ['late', aCase(), false],
  ])('%s takes what belongs to it (%#)', (view, card, expected) => {
    expect(belongs(view, card, NOW)).toBe(expected)
  })
})
