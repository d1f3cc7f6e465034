import { describe, expect, it } from 'vitest'

import type { ExposureLine } from '@/api/exposure'
import type { CaseCard, TimelineEntry, View } from '@/api/types'

import { dayBefore, shareOf, sorted, totals } from './exposed'
import { cardsOf, nextLevel, ordersOf, requestsOf, votesOf } from './pressure'
import { linesOf, redViews } from './views'

const entry = (action: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
  at: '2026-11-20T09:00:00+08:00',
  action,
  actor_name: '梁永康',
  unit_name: '青湖区城市管理局',
  from_state: null,
  to_state: null,
  reason: null,
  note: null,
  facts: null,
  ...more,
})
const supervise = (no: string, level: number, actor_name = '梁永康') =>
  entry('supervise', { actor_name, note: '请说明', reason: 'overdue', facts: { no, level, code: 'overdue', due_at: '2026-11-22T17:30:00+08:00' } })

describe('the supervision orders of a case', () => {
  it('stand newest first, each answered by the answer that names it', () => {
    const story = [
      supervise('C-D1', 1),
      supervise('C-D2', 2, '系统'),
      entry('answer_supervision', { actor_name: '范磊', note: '已办', facts: { orders: ['C-D1'], late: ['C-D1'] } }),
    ]
    const [second, first] = ordersOf(story)
    expect(second).toMatchObject({ no: 'C-D2', level: 2, byRule: true, answer: null })
    expect(first).toMatchObject({ no: 'C-D1', byRule: false, answer: { by: '范磊', text: '已办', late: true } })
  })

  it('climb one level above what is unanswered, and never beyond the fourth', () => {
    expect(nextLevel([])).toBe(1)
    expect(nextLevel(ordersOf([supervise('C-D1', 2)]))).toBe(3)
    expect(nextLevel(ordersOf([supervise('C-D1', 4)]))).toBe(4)
    const answered = [supervise('C-D1', 3), entry('answer_supervision', { facts: { orders: ['C-D1'], late: [] } })]
    expect(nextLevel(ordersOf(answered))).toBe(1)
  })
})

describe('the cards of a case', () => {
  it('are told with colour, cause and order', () => {
    const story = [
      entry('penalty', { facts: { unit: 'u', order_no: 'C-1', colour: 'yellow', cause: 'overdue' } }),
      entry('penalty', { facts: { unit: 'u', order_no: 'C-1', colour: 'red', cause: 'overdue' } }),
    ]
    expect(cardsOf(story).map(({ colour }) => colour)).toEqual(['red', 'yellow'])
  })
})

describe('what waits for a ruling', () => {
  const card = (flags: string[]) => ({ flags }) as unknown as CaseCard

  it('is only what is still open', () => {
    const timeline = [entry('ask_ledger', { note: '列入预算', reason: 'funds', facts: { code: 'funds', until: '2027-01-15' } })]
    expect(requestsOf({ card: card([]), timeline })).toEqual([])
    const [request] = requestsOf({ card: card(['ledger_asked']), timeline })
    expect(request).toMatchObject({ kind: 'ledger', code: 'funds', until: '2027-01-15', reason: '列入预算' })
  })

  it('is the newest request of its kind', () => {
    const timeline = [entry('ask_extension', { reason: '第一次' }), entry('ask_extension', { reason: '配件未到', facts: { until: '2026-12-07' } })]
    expect(requestsOf({ card: card(['extension_open']), timeline })[0]).toMatchObject({ reason: '配件未到', until: '2026-12-07' })
  })
})

const line = (code: string, more: Partial<ExposureLine>): ExposureLine => ({
  unit: { code, name: code },
  yellow: 0,
  red: 0,
  unanswered: 0,
  overdue: 0,
  redone: 0,
  on_paper: 0,
  ...more,
})

describe('the exposure list', () => {
  const lines = [line('a', { red: 1, yellow: 4 }), line('b', { red: 3, yellow: 4 }), line('c', { overdue: 2 })]

  it('adds up over all units', () => {
    expect(totals(lines)).toMatchObject({ red: 4, yellow: 8, overdue: 2, on_paper: 0 })
  })

  it('is ordered by a column, ties as the centre gave them, and left alone without one', () => {
    expect(sorted(lines, 'red').map(({ unit }) => unit.code)).toEqual(['b', 'a', 'c'])
    expect(sorted(lines, 'yellow').map(({ unit }) => unit.code)).toEqual(['a', 'b', 'c'])
    expect(sorted(lines, null)).toEqual(lines)
  })

  it('draws each bar against the longest of its column', () => {
    expect(shareOf(lines, lines[0]!, 'red')).toBeCloseTo(1 / 3)
    expect(shareOf(lines, lines[0]!, 'on_paper')).toBe(0)
  })

  it('counts days back over the end of a month and of a year', () => {
    expect(dayBefore('2026-03-01', 1)).toBe('2026-02-28')
    expect(dayBefore('2026-01-05', 30)).toBe('2025-12-06')
  })
})

describe('votes on a finding', () => {
  it('count only those on the request that is open', () => {
    const vote = entry('vote_finding')
    expect(votesOf([entry('ask_finding'), vote, vote, entry('ask_finding'), vote])).toBe(1)
    expect(votesOf([entry('ask_finding')])).toBe(0)
  })
})

describe('the lists of the desk', () => {
  const views = [{ view: 'red', label_zh: '', label_en: '', count: 2 }, { view: 'late', label_zh: '', label_en: '', count: 0 }] as View[]

  it('have the count that the centre gave, and none where it does not count', () => {
    const lines = linesOf('now', views, (view) => view)
    expect(lines.find(({ view }) => view === 'red')).toMatchObject({ count: 2, tone: 'bad' })
    expect(lines.find(({ view }) => view === 'yellow')!.count).toBeNull()
  })

  it('show as red only what has something in it', () => {
    expect(redViews(views)).toEqual([{ view: 'red', count: 2 }])
  })
})
