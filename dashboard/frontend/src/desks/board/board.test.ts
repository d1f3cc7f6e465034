import { describe, expect, it } from 'vitest'
import type { BoardEvent, BoardSnapshot, CallCard, CaseCard } from '@/api'
import {
  byStage, callsByQuarter, callsOf, callsToday, casesOf, casesToday, nextDue, openByState, pressingCases, recentCases, seatsByState, STAGES,
  talkingCalls, unitLoads, waitingCalls,
} from './figures'
import { beginSnapshot, emptyBoard, hearCall, hearCase, hearEvent, takeSnapshot } from './merge'
import type { BoardState } from './merge'

const NINE = Date.parse('2026-03-02T09:00:00+08:00')

function at(minutes: number): string {
  return new Date(NINE + minutes * 60_000).toISOString()
}

function aCall(change: Partial<CallCard> = {}): CallCard {
  return {
    call_id: 1, version: 1, state: 'queued', arrived_at: at(1), queued_at: at(1), answered_at: null, ended_at: null,
    agent_id: null, agent_name: null, outcome: null, case_no: null, ...change,
  }
}

function aCase(change: Partial<CaseCard> = {}): CaseCard {
  return {
    case_no: 'A1', version: 1, state: 'to_dispatch', kind: 'complaint', title: '夜间施工', category: null, area: null,
    urgency: 'normal', lead: null, clock: null, registered_at: at(1), state_since: at(1), round: 0,
    stage_due_at: null, supervision_level: 0, urgings: 0, redos: 0, incident_size: 0, flags: [], ...change,
  }
}

function anEvent(change: Partial<BoardEvent> = {}): BoardEvent {
  return { event_id: 'e1', at: at(1), kind: 'call_arrived', case_no: null, call_id: 1, unit_name: null, title: null, ...change }
}

function aSnapshot(change: Partial<BoardSnapshot> = {}): BoardSnapshot {
  return {
    as_of: at(0), calls: [], seats: { ready: 2 }, cases: [], pressing: [], open_by_unit: [], limit: 200, open_total: 0, open_by_state: {},
    calls_today: { offered: 0, answered: 0, answered_in_15s: 0, abandoned: 0, by_quarter: Array<number>(37).fill(0) },
    cases_today: { registered: 0, answered_directly: 0, closed: 0 }, events: [], ...change,
  }
}

/** The story of a day as pushes: one call is answered and becomes a case, one is given up, one still waits. */
const STORY: ((board: BoardState) => void)[] = [
  (board) => hearCall(board, aCall()),
  (board) => hearCall(board, aCall({ version: 2, state: 'offered' })),
  (board) => hearCall(board, aCall({ version: 3, state: 'talking', answered_at: at(1.1), agent_id: 7 })),
  (board) => hearCase(board, aCase()),
  (board) => hearCase(board, aCase({ version: 2, state: 'to_sign', lead: { code: 'U1', name: '城管局' }, state_since: at(3) })),
  (board) => hearCall(board, aCall({ call_id: 2, arrived_at: at(2), queued_at: at(2) })),
  (board) => hearCall(board, aCall({ call_id: 2, version: 2, state: 'ended', arrived_at: at(2), queued_at: at(2), ended_at: at(3), outcome: 'abandoned' })),
  (board) => hearCall(board, aCall({ call_id: 3, arrived_at: at(4), queued_at: at(4) })),
  (board) => hearCase(board, aCase({ case_no: 'A2', state: 'closed', version: 4, state_since: at(4), registered_at: at(2) })),
  (board) => hearEvent(board, anEvent()),
  (board) => hearEvent(board, anEvent({ event_id: 'e2', at: at(2), kind: 'call_ended' })),
]

/** What the server would answer when asked after the whole story. */
const AFTER = aSnapshot({
  as_of: at(5),
  calls: [
    aCall({ version: 3, state: 'talking', answered_at: at(1.1), agent_id: 7 }),
    aCall({ call_id: 3, arrived_at: at(4), queued_at: at(4) }),
  ],
  seats: { ready: 1, talking: 1 },
  cases: [aCase({ version: 2, state: 'to_sign', lead: { code: 'U1', name: '城管局' }, state_since: at(3) })],
  open_total: 1,
  open_by_state: { to_sign: 1 },
  open_by_unit: [{ code: 'U1', name: '城管局', open: 1, late: 0, soon: 0 }],
  calls_today: {
    offered: 3, answered: 1, answered_in_15s: 1, abandoned: 1,
    by_quarter: [...Array<number>(36).fill(0), 3],
  },
  cases_today: { registered: 2, answered_directly: 0, closed: 1 },
  events: [anEvent({ event_id: 'e2', at: at(2), kind: 'call_ended' }), anEvent()],
})

function begun(): BoardState {
  const board = emptyBoard()
  takeSnapshot(board, aSnapshot(), beginSnapshot(board))
  return board
}

/** All that the wall shows; two boards that look alike are alike. */
function look(board: BoardState) {
  const counts = Object.entries({ ...openByState(board) }).filter(([, count]) => count > 0).sort()
  return {
    waiting: waitingCalls(board), talking: talkingCalls(board), seats: Object.entries(seatsByState(board)).filter(([, n]) => n > 0).sort(),
    counts, today: callsToday(board), cases: casesToday(board), quarters: callsByQuarter(board),
    units: unitLoads(board, NINE), events: board.events,
  }
}

/** A fixed generator: a failing order can be run again. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const rest = [...items]
  const result: T[] = []
  let state = seed
  while (rest.length > 0) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    result.push(...rest.splice(state % rest.length, 1))
  }
  return result
}

const truth = (() => {
  const board = emptyBoard()
  takeSnapshot(board, AFTER, beginSnapshot(board))
  return look(board)
})()

describe('pushes alone', () => {
  it('end in what the snapshot says when each comes once and in order', () => {
    const board = begun()
    STORY.forEach((push) => push(board))
    expect(look(board)).toEqual(truth)
  })

  it('end in the same when each comes twice', () => {
    const board = begun()
    STORY.forEach((push) => { push(board); push(board); })
    STORY.forEach((push) => push(board))
    expect(look(board)).toEqual(truth)
  })

  it('end in the same in any order, backwards too', () => {
    const orders = [[...STORY].reverse(), ...Array.from({ length: 50 }, (_, seed) => shuffled(STORY, seed + 1))]
    for (const order of orders) {
      const board = begun()
      order.forEach((push) => push(board))
      expect(look(board)).toEqual(truth)
    }
  })
})

describe('a snapshot', () => {
  it('heals whatever was lost', () => {
    for (let lost = 0; lost < STORY.length; lost += 1) {
      const board = begun()
      STORY.filter((_, index) => index !== lost).forEach((push) => push(board))
      takeSnapshot(board, AFTER, beginSnapshot(board))
      expect(look(board)).toEqual(truth)
    }
  })

  it('is not undone by pushes that come late, after it', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const board = begun()
      STORY.forEach((push) => push(board))
      takeSnapshot(board, AFTER, beginSnapshot(board))
      shuffled(STORY, seed).forEach((push) => push(board))
      expect(look(board)).toEqual(truth)
    }
  })

  it('does not push out a card that was heard while it was on its way', () => {
    const board = begun()
    const begunAt = beginSnapshot(board)
    hearCase(board, aCase({ case_no: 'A9', registered_at: at(6), state_since: at(6) }))
    takeSnapshot(board, AFTER, begunAt)
    expect(casesOf(board).map((card) => card.case_no).sort()).toEqual(['A1', 'A9'])
    expect(openByState(board)).toEqual({ to_sign: 1, to_dispatch: 1 })
  })

  it('does not set back a card that is newer than it', () => {
    const board = begun()
    const begunAt = beginSnapshot(board)
    hearCase(board, aCase({ version: 3, state: 'handling', state_since: at(6) }))
    takeSnapshot(board, AFTER, begunAt)
    expect(recentCases(board)[0]?.state).toBe('handling')
    expect(openByState(board)).toEqual({ to_sign: 0, handling: 1 })
  })

  it('takes away what is over, and a late push does not bring it back', () => {
    const board = begun()
    hearCall(board, aCall({ call_id: 9, version: 4, state: 'talking', agent_id: 3 }))
    takeSnapshot(board, AFTER, beginSnapshot(board))
    hearCall(board, aCall({ call_id: 9, version: 2, state: 'queued' }))
    expect(callsOf(board).map((call) => call.call_id).sort()).toEqual([1, 3])
  })

  it('that is older than the one we have is not taken', () => {
    const board = emptyBoard()
    const older = beginSnapshot(board)
    takeSnapshot(board, AFTER, beginSnapshot(board))
    takeSnapshot(board, aSnapshot(), older)
    expect(look(board)).toEqual(truth)
  })
})

describe('figures', () => {
  const clock = (from: number, due: number) => ({ started_at: at(from), due_at: at(due), stopped_at: null, limit: '' })
  const unit = (code: string) => ({ code, name: code })

  it('call a case pressing from 80 % of its clock and put the earliest due first', () => {
    const board = begun()
    hearCase(board, aCase({ case_no: 'early', clock: clock(0, 100), state: 'handling' }))
    hearCase(board, aCase({ case_no: 'soon', clock: clock(0, 50), state: 'handling' }))
    hearCase(board, aCase({ case_no: 'late', clock: clock(0, 30), state: 'handling' }))
    hearCase(board, aCase({ case_no: 'closed', clock: clock(0, 30), state: 'closed' }))
    expect(pressingCases(board, NINE + 40 * 60_000).map((card) => card.case_no)).toEqual(['late', 'soon'])
  })

  it('name what is due next even while nothing presses', () => {
    const board = begun()
    hearCase(board, aCase({ case_no: 'later', clock: clock(0, 900), state: 'handling' }))
    hearCase(board, aCase({ case_no: 'sooner', clock: clock(0, 800), state: 'to_sign' }))
    hearCase(board, aCase({ case_no: 'stopped', clock: { ...clock(0, 10), stopped_at: at(5) }, state: 'to_review' }))
    expect(nextDue(board).map((card) => card.case_no)).toEqual(['sooner', 'later'])
    expect(pressingCases(board, NINE)).toEqual([])
  })

  it('put the units with late cases first', () => {
    const board = begun()
    hearCase(board, aCase({ case_no: '1', state: 'handling', lead: unit('busy'), clock: clock(0, 500) }))
    hearCase(board, aCase({ case_no: '2', state: 'handling', lead: unit('busy'), clock: clock(0, 500) }))
    hearCase(board, aCase({ case_no: '3', state: 'handling', lead: unit('late'), clock: clock(0, 10) }))
    expect(unitLoads(board, NINE + 40 * 60_000)).toEqual([
      { code: 'late', name: 'late', late: 1, soon: 0, open: 1 },
      { code: 'busy', name: 'busy', late: 0, soon: 0, open: 2 },
    ])
  })

  it('miss nothing late though the snapshot shows only the newest cases', () => {
    const late = aCase({ case_no: 'old', state: 'handling', lead: unit('far'), clock: clock(-900, -30), registered_at: at(-900) })
    const newest = aCase({ case_no: 'new', state: 'handling', lead: unit('near'), clock: clock(0, 500) })
    const far = { code: 'far', name: 'far', open: 7, late: 3, soon: 1 }
    const near = { code: 'near', name: 'near', open: 1, late: 0, soon: 0 }
    const board = emptyBoard()
    const full = aSnapshot({ limit: 1, open_total: 8, cases: [newest], pressing: [late], open_by_unit: [far, near] })
    takeSnapshot(board, full, beginSnapshot(board))
    expect(pressingCases(board, NINE).map((card) => card.case_no)).toEqual(['old'])
    expect(unitLoads(board, NINE)).toEqual([far, near])
    // Time passes, a late case is closed, the newest moves on: twice, late and doubled, it counts once.
    for (const push of [1, 2]) {
      hearCase(board, { ...late, version: 1 + push, state: 'closed' })
      hearCase(board, { ...newest, version: 2, lead: unit('other') })
      hearCase(board, newest)
    }
    expect(pressingCases(board, NINE)).toEqual([])
    expect(unitLoads(board, NINE + 450 * 60_000)).toEqual([
      { ...far, open: 6, late: 2 },
      { code: 'other', name: 'other', open: 1, late: 0, soon: 1 },
    ])
  })

  it('do not count a case beyond the snapshot’s limit as a new one', () => {
    const board = emptyBoard()
    const full = aSnapshot({ limit: 1, open_total: 9, open_by_state: { handling: 9 }, cases: [aCase({ state: 'handling' })], as_of: at(5) })
    takeSnapshot(board, full, beginSnapshot(board))
    hearCase(board, aCase({ case_no: 'old', version: 5, state: 'handling', registered_at: at(-900) }))
    expect(openByState(board)).toEqual({ handling: 9 })
  })

  it('put a new call into its quarter hour whether the snapshot gives the day so far or the whole day', () => {
    for (const length of [37, 96]) {
      const board = emptyBoard()
      const calls = { ...aSnapshot().calls_today, by_quarter: Array<number>(length).fill(0) }
      takeSnapshot(board, aSnapshot({ calls_today: calls }), beginSnapshot(board))
      hearCall(board, aCall({ arrived_at: at(16) }))
      expect(callsByQuarter(board)[37]).toBe(1)
    }
  })
})

describe('the stages of the wall', () => {
  it('count every open state once, and only those', () => {
    const states = Object.values(STAGES).flat()
    expect(new Set(states).size).toBe(states.length)
    const one = Object.fromEntries(states.map((state) => [state, 1]))
    expect(byStage({ ...one, closed: 9 }).reduce((sum, { count }) => sum + count, 0)).toBe(states.length)
    expect(byStage({ return_review: 2, to_dispatch: 1 }).find(({ stage }) => stage === 'to_dispatch')?.count).toBe(3)
  })
})
