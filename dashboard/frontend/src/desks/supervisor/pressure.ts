// The pressure on a case, told by its story: supervision orders with their climb, cards, and what waits for a ruling.
import type { CaseDetail, TimelineEntry } from '@/api/types'

export interface SupervisionOrder {
  no: string
  level: number
  code: string
  text: string
  at: string
  by: string
  due_at: string | null
  answer: { at: string; by: string; text: string; late: boolean } | null
  /** Issued by the centre itself: its rules said so, or the order before was not answered in time. */
  byRule: boolean
}

export interface Card {
  at: string
  colour: 'yellow' | 'red'
  cause: string
  unit: string
  orderNo: string
}

export type RequestKind = 'ledger' | 'extension' | 'appeal' | 'finding'

export interface Request {
  kind: RequestKind
  at: string
  by: string
  unit: string
  reason: string
  code: string
  until: string
  decideBy: string | null
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
const asList = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
/** The name under which the centre itself acts. */
const CENTRE = '系统'

/** Return the supervision orders of a case, the newest first. */
export function ordersOf(timeline: readonly TimelineEntry[]): SupervisionOrder[] {
  const orders: SupervisionOrder[] = []
  for (const entry of timeline) {
    if (entry.action === 'supervise') orders.push(issued(entry))
    if (entry.action === 'answer_supervision') answer(orders, entry)
  }
  return orders.reverse()
}

function issued(entry: TimelineEntry): SupervisionOrder {
  const facts = entry.facts ?? {}
  return {
    no: asText(facts.no),
    level: typeof facts.level === 'number' ? facts.level : 1,
    code: asText(facts.code) || (entry.reason ?? ''),
    text: entry.note ?? '',
    at: entry.at,
    by: entry.actor_name,
    due_at: asText(facts.due_at) || null,
    answer: null,
    byRule: entry.actor_name === CENTRE,
  }
}

function answer(orders: SupervisionOrder[], entry: TimelineEntry): void {
  const numbers = asList(entry.facts?.orders)
  const late = asList(entry.facts?.late)
  for (const order of orders) {
    if (!numbers.includes(order.no)) continue
    order.answer = { at: entry.at, by: entry.actor_name, text: entry.note ?? '', late: late.includes(order.no) }
  }
}

/** Return the yellow and red cards of a case, the newest first. */
export function cardsOf(timeline: readonly TimelineEntry[]): Card[] {
  return timeline
    .filter((entry) => entry.action === 'penalty')
    .map(({ at, facts, unit_name }) => ({
      at,
      colour: facts?.colour === 'red' ? ('red' as const) : ('yellow' as const),
      cause: asText(facts?.cause),
      unit: unit_name ?? asText(facts?.unit),
      orderNo: asText(facts?.order_no),
    }))
    .reverse()
}

const ASKED: readonly { kind: RequestKind; flag: string; action: string }[] = [
  { kind: 'ledger', flag: 'ledger_asked', action: 'ask_ledger' },
  { kind: 'extension', flag: 'extension_open', action: 'ask_extension' },
  { kind: 'appeal', flag: 'appeal_open', action: 'appeal' },
  { kind: 'finding', flag: 'finding_open', action: 'ask_finding' },
]

/** Return what the unit has asked for and nobody has answered. */
export function requestsOf(detail: Pick<CaseDetail, 'card' | 'timeline'>): Request[] {
  const open = ASKED.filter(({ flag }) => detail.card.flags.includes(flag))
  return open.flatMap(({ kind, action }) => {
    const entry = detail.timeline.findLast((one) => one.action === action)
    return entry ? [asked(kind, entry)] : []
  })
}

function asked(kind: RequestKind, entry: TimelineEntry): Request {
  const facts = entry.facts ?? {}
  return {
    kind,
    at: entry.at,
    by: entry.actor_name,
    unit: entry.unit_name ?? '',
    reason: entry.reason && entry.reason !== facts.code ? entry.reason : (entry.note ?? ''),
    code: asText(facts.code),
    until: asText(facts.until),
    decideBy: asText(facts.decide_by) || null,
  }
}

/** Return the level that a new order should have: one above the highest so far that nobody answered. */
export function nextLevel(orders: readonly SupervisionOrder[]): number {
  const unanswered = orders.filter((order) => order.answer === null).map(({ level }) => level)
  return Math.min(4, Math.max(0, ...unanswered) + 1)
}

/** Return how many have voted on the finding that is open; what they said nobody sees before it is decided. */
export function votesOf(timeline: readonly TimelineEntry[]): number {
  const asked = timeline.findLastIndex((entry) => entry.action === 'ask_finding')
  return timeline.slice(asked + 1).filter((entry) => entry.action === 'vote_finding').length
}
