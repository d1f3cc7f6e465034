/** The figures of the wall, worked out from a `BoardState` at one instant. Pure functions. */
import type { BoardSnapshot, CallCard, CaseCard, UnitLoad } from '@/api'
import { shownBy, type BoardState } from './merge'
import { nowQuarter } from './quarters'

export const ANSWER_WITHIN_MS = 15_000; // GB/T 33358-2016: answered within 15 s
export const WARN_FROM_SHARE = 0.8
/** Below this many answered calls a share says nothing and is shown as a count only. */
export const ENOUGH_CALLS = 5
const QUARTER_MS = 15 * 60_000
const WAITING: ReadonlySet<string> = new Set(['arrived', 'queued', 'offered'])
const TALKING: ReadonlySet<string> = new Set(['connecting', 'talking', 'held'])
/** The stages of the wall, from left to right: states between which five metres' distance sees no difference. */
export const STAGES = {
  intake: ['received', 'to_complete'],
  to_dispatch: ['to_dispatch', 'return_review', 'adjudication'],
  to_sign: ['to_sign'],
  handling: ['handling', 'delegated', 'redo', 'ledger', 'merged'],
  to_review: ['to_review'],
  to_call_back: ['to_call_back', 'call_back_again'],
} as const
export type Stage = keyof typeof STAGES
const OPEN: ReadonlySet<string> = new Set(Object.values(STAGES).flat())

/** How many open cases stand in each stage, from how many stand in each state. */
export function byStage(byState: Readonly<Record<string, number>>): { stage: Stage; count: number }[] {
  return (Object.keys(STAGES) as Stage[]).map((stage) => ({
    stage,
    count: STAGES[stage].reduce((sum, state) => sum + (byState[state] ?? 0), 0),
  }))
}

export function callsOf(state: BoardState): CallCard[] {
  return [...state.calls.values()].map((heard) => heard.card)
}

export function casesOf(state: BoardState): CaseCard[] {
  return [...state.cases.values()].map((heard) => heard.card)
}

/** Calls that wait for an agent, the longest first. */
export function waitingCalls(state: BoardState): CallCard[] {
  return callsOf(state).filter((call) => WAITING.has(call.state)).sort((a, b) => waitsSince(a) - waitsSince(b))
}

export function talkingCalls(state: BoardState): CallCard[] {
  return callsOf(state).filter((call) => TALKING.has(call.state))
}

/** The instant from which a caller has waited, in ms since the epoch. */
export function waitsSince(call: CallCard): number {
  return Date.parse(call.queued_at ?? call.arrived_at)
}

export function openCases(state: BoardState): CaseCard[] {
  return casesOf(state).filter((card) => OPEN.has(card.state))
}

/** Every case on the wall, the one that changed last first. */
export function recentCases(state: BoardState): CaseCard[] {
  return casesOf(state)
    .filter((card) => card.state !== 'draft' && card.state !== 'discarded')
    .sort((a, b) => Date.parse(b.state_since) - Date.parse(a.state_since) || b.case_no.localeCompare(a.case_no))
}

/**
 * Open cases by state. The snapshot counts all of them though it shows only the newest `limit`; pushes heard since
 * move a case from the state it had there to the one it has now.
 */
export function openByState(state: BoardState): Record<string, number> {
  const counts: Record<string, number> = { ...state.snapshot?.open_by_state }
  const before = cardsBefore(state)
  for (const card of casesOf(state)) {
    const was = before.get(card.case_no)?.state
    if (was === card.state) continue
    if (was !== undefined) add(counts, was, -1)
    if (OPEN.has(card.state) && (was !== undefined || isNew(card, state.snapshot))) add(counts, card.state, 1)
  }
  return counts
}

function cardsBefore(state: BoardState): Map<string, CaseCard> {
  return new Map((state.snapshot ? shownBy(state.snapshot) : []).map((card) => [card.case_no, card]))
}

/** A case the snapshot does not show is new, unless the snapshot had reached its limit and left older ones out. */
function isNew(card: CaseCard, snapshot: BoardSnapshot | null): boolean {
  if (!snapshot || snapshot.open_total <= snapshot.limit) return true
  return card.registered_at !== null && Date.parse(card.registered_at) > Date.parse(snapshot.as_of)
}

function add(counts: Record<string, number>, key: string, by: number): void {
  counts[key] = Math.max(0, (counts[key] ?? 0) + by)
}

/** Share of the clock that is used up, 0..; stopped clocks stay where they stopped. Null without a clock. */
export function usedShare(card: CaseCard, nowMs: number): number | null {
  if (!card.clock) return null
  const start = Date.parse(card.clock.started_at)
  const end = card.clock.stopped_at ? Date.parse(card.clock.stopped_at) : nowMs
  return (end - start) / Math.max(1, Date.parse(card.clock.due_at) - start)
}

/** Open cases whose clock runs, the one that is due first in front. */
export function nextDue(state: BoardState): CaseCard[] {
  return openCases(state).filter(runs).sort((a, b) => dueAt(a) - dueAt(b))
}

/** Open cases that are late or have used 80 % of their time, the most pressing first. */
export function pressingCases(state: BoardState, nowMs: number): CaseCard[] {
  return nextDue(state).filter((card) => (usedShare(card, nowMs) ?? 0) >= WARN_FROM_SHARE)
}

function runs(card: CaseCard): boolean {
  return card.clock !== null && card.clock.stopped_at === null
}

function dueAt(card: CaseCard): number {
  return card.clock ? Date.parse(card.clock.due_at) : Number.POSITIVE_INFINITY
}

/**
 * Units that hold open cases: late first, then about to be late, then by load. At most `top`.
 *
 * The snapshot counts all of them, also those it does not show. Of the cases we know what they counted for at its
 * instant is taken away and what they count for now is added.
 */
export function unitLoads(state: BoardState, nowMs: number, top = 10): UnitLoad[] {
  const loads = new Map((state.snapshot?.open_by_unit ?? []).map((load) => [load.code, { ...load }]))
  const asOf = state.snapshot ? Date.parse(state.snapshot.as_of) : nowMs
  const before = cardsBefore(state)
  for (const card of casesOf(state)) {
    const was = before.get(card.case_no)
    if (was) count(loads, was, asOf, -1)
    if (was || isNew(card, state.snapshot)) count(loads, card, nowMs, 1)
  }
  return [...loads.values()]
    .filter((load) => load.open > 0)
    .sort((a, b) => b.late - a.late || b.soon - a.soon || b.open - a.open || a.code.localeCompare(b.code))
    .slice(0, top)
}

function count(loads: Map<string, UnitLoad>, card: CaseCard, atMs: number, by: number): void {
  if (!card.lead || !OPEN.has(card.state)) return
  const { code, name } = card.lead
  const load = loads.get(code) ?? { code, name, late: 0, soon: 0, open: 0 }
  const share = runs(card) ? (usedShare(card, atMs) ?? 0) : 0
  load.open += by
  if (share >= 1) load.late = Math.max(0, load.late + by)
  else if (share >= WARN_FROM_SHARE) load.soon = Math.max(0, load.soon + by)
  loads.set(code, load)
}

export interface CallsToday {
  offered: number
  answered: number
  answeredIn15s: number
  abandoned: number
}

/** The snapshot's figures of the day and what the cards heard since then add to them. */
export function callsToday(state: BoardState): CallsToday {
  const since = sinceSnapshot(state)
  const base = state.snapshot?.calls_today
  const calls = callsOf(state)
  const answered = calls.filter((call) => since(call.answered_at))
  return {
    offered: (base?.offered ?? 0) + calls.filter((call) => since(call.arrived_at)).length,
    answered: (base?.answered ?? 0) + answered.length,
    answeredIn15s: (base?.answered_in_15s ?? 0) + answered.filter(inTime).length,
    abandoned:
      (base?.abandoned ?? 0) +
      calls.filter((call) => call.outcome === 'abandoned' && since(call.ended_at)).length,
  }
}

/** Calls by quarter hour since midnight, with the calls that arrived since the snapshot. */
export function callsByQuarter(state: BoardState): number[] {
  const quarters = [...(state.snapshot?.calls_today.by_quarter ?? [])]
  const since = sinceSnapshot(state)
  for (const call of callsOf(state)) {
    if (!since(call.arrived_at) || !state.snapshot) continue
    const at = currentQuarter(quarters, state.snapshot, Date.parse(call.arrived_at))
    while (quarters.length <= at) quarters.push(0)
    quarters[at] = (quarters[at] ?? 0) + 1
  }
  return quarters
}

/**
 * The index of a quarter hour, counted from that of the snapshot. Where the snapshot gives the whole day, the quarter
 * is read from the city's clock, which `as_of` carries as its offset.
 */
function currentQuarter(quarters: readonly number[], snapshot: BoardSnapshot, atMs: number): number {
  const asOf = Date.parse(snapshot.as_of)
  const steps = Math.floor(atMs / QUARTER_MS) - Math.floor(asOf / QUARTER_MS)
  const base = quarters.length >= 96 ? nowQuarter(asOf) : Math.max(0, quarters.length - 1)
  return base + steps
}

function inTime(call: CallCard): boolean {
  return call.answered_at !== null && Date.parse(call.answered_at) - waitsSince(call) <= ANSWER_WITHIN_MS
}

export function casesToday(state: BoardState): { registered: number; answeredDirectly: number; closed: number } {
  const since = sinceSnapshot(state)
  const base = state.snapshot?.cases_today
  const cases = casesOf(state)
  const reached = (wanted: string): number =>
    cases.filter((card) => card.state === wanted && since(card.state_since)).length
  return {
    registered: (base?.registered ?? 0) + cases.filter((card) => since(card.registered_at)).length,
    answeredDirectly: (base?.answered_directly ?? 0) + reached('answered'),
    closed: (base?.closed ?? 0) + reached('closed'),
  }
}

function sinceSnapshot(state: BoardState): (at: string | null) => boolean {
  const asOf = state.snapshot ? Date.parse(state.snapshot.as_of) : Number.POSITIVE_INFINITY
  return (at) => at !== null && Date.parse(at) > asOf
}

/** Agents by state; who began or ended talking since the snapshot is moved between the states. */
export function seatsByState(state: BoardState): Record<string, number> {
  const seats: Record<string, number> = { ...state.snapshot?.seats }
  const before = agentsTalking(state.snapshot?.calls ?? [])
  const now = agentsTalking(callsOf(state))
  for (const agent of now) {
    if (before.has(agent)) continue
    add(seats, seats.offered ? 'offered' : 'ready', -1)
    add(seats, 'talking', 1)
  }
  for (const agent of before) {
    if (now.has(agent)) continue
    add(seats, 'talking', -1)
    add(seats, 'wrap_up', 1)
  }
  return seats
}

function agentsTalking(calls: readonly CallCard[]): Set<number> {
  const agents = calls.filter((call) => TALKING.has(call.state)).map((call) => call.agent_id)
  return new Set(agents.filter((agent): agent is number => agent !== null))
}
