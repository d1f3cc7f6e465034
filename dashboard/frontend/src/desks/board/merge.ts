/**
 * What the wall knows: the last snapshot and the pushes heard since, merged by version. No DOM, no clock, no requests.
 *
 * A push may come late, twice, in the wrong order or never. A card that is not newer is dropped; what a lost push would
 * have said comes with the next snapshot. Figures are never counted up by themselves: they are always worked out
 * anew from the snapshot and the cards, so that a doubled push cannot count twice.
 */
import type { BoardEvent, BoardSnapshot, CallCard, CaseCard } from '@/api'

interface Heard<Card> {
  card: Card
  /** Which tick this card was heard in; a snapshot asked for later already contains it. */
  tick: number
}

export interface BoardState {
  snapshot: BoardSnapshot | null
  calls: Map<number, Heard<CallCard>>
  cases: Map<string, Heard<CaseCard>>
  events: BoardEvent[]
  /** Versions of cards that have left the wall, so that a late push cannot bring them back. */
  gone: Map<string, number>
  tick: number
}

export const KEPT_EVENTS = 40
const KEPT_GONE = 5000

export function emptyBoard(): BoardState {
  return { snapshot: null, calls: new Map(), cases: new Map(), events: [], gone: new Map(), tick: 0 }
}

/** Call before asking for a snapshot; give the answer to `takeSnapshot` with the snapshot itself. */
export function beginSnapshot(state: BoardState): number {
  state.tick += 1
  return state.tick
}

export function hearCall(state: BoardState, card: CallCard): void {
  hear(state, state.calls, card.call_id, card)
}

export function hearCase(state: BoardState, card: CaseCard): void {
  hear(state, state.cases, card.case_no, card)
}

export function hearEvent(state: BoardState, event: BoardEvent): void {
  state.events = mergeEvents(state.events, [event])
}

export function takeSnapshot(state: BoardState, snapshot: BoardSnapshot, begun: number): void {
  // Two requests may overlap and answer in the wrong order; the older picture is not worth having.
  if (state.snapshot && Date.parse(snapshot.as_of) < Date.parse(state.snapshot.as_of)) return
  state.snapshot = snapshot
  replace(state, state.calls, snapshot.calls, (card) => card.call_id, begun)
  replace(state, state.cases, shownBy(snapshot), (card) => card.case_no, begun)
  state.events = mergeEvents(state.events, snapshot.events)
  forgetOldest(state.gone)
}

/** The cards a snapshot shows: the newest, and of all open cases those that press; each once. */
export function shownBy(snapshot: BoardSnapshot): CaseCard[] {
  return [...new Map([...snapshot.cases, ...snapshot.pressing].map((card) => [card.case_no, card])).values()]
}

function hear<Key extends number | string, Card extends { version: number }>(
  state: BoardState,
  cards: Map<Key, Heard<Card>>,
  key: Key,
  card: Card,
): void {
  const known = cards.get(key)?.card.version ?? state.gone.get(String(key)) ?? 0
  if (card.version <= known) return
  cards.set(key, { card, tick: state.tick })
}

/** Put the snapshot's cards in place of ours, but keep those that were heard while it was on its way. */
function replace<Key extends number | string, Card extends { version: number }>(
  state: BoardState,
  cards: Map<Key, Heard<Card>>,
  fresh: readonly Card[],
  keyOf: (card: Card) => Key,
  begun: number,
): void {
  const known = new Map(cards)
  cards.clear()
  for (const card of fresh) {
    const mine = known.get(keyOf(card))
    cards.set(keyOf(card), mine && mine.card.version > card.version ? mine : { card, tick: begun })
    state.gone.delete(String(keyOf(card)))
  }
  for (const [key, mine] of known) {
    if (cards.has(key)) continue
    if (mine.tick >= begun) cards.set(key, mine)
    else state.gone.set(String(key), mine.card.version)
  }
}

/** Newest first, each event once. */
function mergeEvents(known: readonly BoardEvent[], more: readonly BoardEvent[]): BoardEvent[] {
  const byId = new Map([...known, ...more].map((event) => [event.event_id, event]))
  return [...byId.values()].sort(laterFirst).slice(0, KEPT_EVENTS)
}

function laterFirst(one: BoardEvent, other: BoardEvent): number {
  // Two steps of one moment follow one another by their numbers: case-100 after case-99.
  return Date.parse(other.at) - Date.parse(one.at) || other.event_id.localeCompare(one.event_id, 'en', { numeric: true })
}

function forgetOldest(gone: Map<string, number>): void {
  for (const key of gone.keys()) {
    if (gone.size <= KEPT_GONE) return
    gone.delete(key)
  }
}
