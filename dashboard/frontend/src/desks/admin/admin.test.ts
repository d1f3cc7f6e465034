import { describe, expect, it } from 'vitest'

import type { DutyLine } from '@/api/duties'
import type { CalendarDay, PackChange } from '@/api/keeping'

import { countKinds, kindOf, stripOf, yearGrid } from './calendars/grid'
import { cellsOf, changedCells, diffOf, EMPTY, helpersOf, standingOf, wrongCells } from './duties/cells'
import { loadBars, shareOf, signed } from './foresight/loads'
import { NO_WISH, wants, withEdit } from './foresight/wish'
import { byPart } from './packs/changes'

const line = { ...EMPTY, duty_no: 'ZZ0007', category: '0101', lead: 'zhujian', valid_from: '2026-01-01', version: 3 } as unknown as DutyLine

describe('a line that is being changed', () => {
  it('sends only the cells that differ, an emptied one too', () => {
    const before = { ...cellsOf(line), note: 'old' }
    expect(changedCells(before, { lead: 'chengguan', category: '0101', note: '' })).toEqual({ lead: 'chengguan', note: '' })
  })

  it('shows the differences in the order of the sheet', () => {
    const diff = diffOf(cellsOf(line), { note: 'n', lead: 'chengguan' })
    expect(diff.map((one) => [one.cell, one.before, one.after])).toEqual([
      ['lead', 'zhujian', 'chengguan'],
      ['note', '', 'n'],
    ])
  })

  it('puts each part of a refusal beside its cell', () => {
    expect(wrongCells('主办单位：没有这个单位；失效日期：早于生效日期；请重试')).toEqual({ lead: '没有这个单位', valid_until: '早于生效日期' })
    expect(wrongCells('刚才有人改过这一条')).toEqual({})
  })

  it('holds through its last day', () => {
    const of = (valid_from: string, valid_until: string) => standingOf({ valid_from, valid_until }, '2026-11-23')
    expect([of('2026-01-01', ''), of('2026-01-01', '2026-11-23'), of('2026-01-01', '2026-11-22'), of('2026-11-24', '')]).toEqual(['now', 'now', 'over', 'later'])
  })

  it('reads helpers as the sheet writes them', () => {
    expect(helpersOf('a| b||')).toEqual(['a', 'b'])
  })
})

describe('a replay', () => {
  it('puts the largest changes of load first and counts the others', () => {
    const { moved, same } = loadBars([
      { code: 'a', name: 'a', before: 10, after: 10 },
      { code: 'b', name: 'b', before: 4, after: 6 },
      { code: 'c', name: 'c', before: 20, after: 15 },
    ])
    expect(moved.map((bar) => [bar.code, bar.change, bar.afterWidth])).toEqual([['c', -5, 0.75], ['b', 2, 0.3]])
    expect(same).toBe(1)
  })

  it('says changes with their sign and knows no share of nothing', () => {
    expect([signed(3), signed(-2), signed(0)]).toEqual(['+3', '−2', '0'])
    expect([shareOf(1, 4), shareOf(0, 0)]).toEqual([0.25, null])
  })

  it('keeps one edit for each line, the newest', () => {
    const edits = withEdit([{ duty_no: 'A', lead: 'x' }, { duty_no: 'B', lead: 'y' }], { duty_no: 'A', lead: 'z' })
    expect(edits).toEqual([{ duty_no: 'B', lead: 'y' }, { duty_no: 'A', lead: 'z' }])
  })

  it('wants nothing until something is chosen; a threshold of 0 is something', () => {
    expect(wants(NO_WISH)).toBe(false)
    expect(wants({ ...NO_WISH, threshold: 0 })).toBe(true)
  })
})

describe('the differences of two packs', () => {
  it('stand by part, in the order in which the parts appear', () => {
    const change = (path: string) => ({ path }) as PackChange
    const parts = byPart([change('redo.within'), change('rules[complaint].result'), change('redo.at_most')])
    expect(parts.map((part) => [part.part, part.changes.length])).toEqual([['redo', 2], ['rules', 1]])
  })
})

const special = (on: string, works: boolean, spans = ''): CalendarDay => ({ on, works, spans, name: 'x', source: 'city' })

describe('the grid of a year', () => {
  it('has every day once, weeks from Monday to Sunday', () => {
    const months = yearGrid(2028, [])
    const days = months.flatMap(({ weeks }) => weeks.flat()).filter((day) => day !== null)
    expect(days).toHaveLength(366)
    expect(new Set(days.map((day) => day.on)).size).toBe(366)
    for (const { weeks } of months) for (const week of weeks) expect(week).toHaveLength(7)
    expect(months[0]!.weeks[0]!.findIndex((day) => day?.on === '2028-01-01')).toBe(5)
  })

  it('marks what is not as its weekday says', () => {
    const months = yearGrid(2026, [special('2026-10-01', false), special('2026-10-10', true), special('2026-02-14', true, '08:30-12:00'), special('2026-10-03', false)])
    expect(countKinds(months)).toMatchObject({ holiday: 1, makeUp: 1, half: 1 })
    const find = (on: string) => months.flatMap(({ weeks }) => weeks.flat()).find((day) => day?.on === on)?.kind
    expect([find('2026-10-01'), find('2026-10-10'), find('2026-02-14'), find('2026-10-03'), find('2026-10-08')]).toEqual(['holiday', 'makeUp', 'half', 'off', 'work'])
  })

  it('takes a weekday with hours of its own for a half day', () => {
    expect(kindOf(1, { works: true, spans: '08:30-12:00' })).toBe('half')
    expect(kindOf(1, { works: true, spans: '' })).toBe('work')
  })

  it('draws a span where it lies in the day, midnight at its end', () => {
    expect(stripOf('06:00–12:00')).toMatchObject({ from: 25, width: 25 })
    expect(stripOf('18:00–24:00')).toMatchObject({ from: 75, width: 25 })
  })
})
