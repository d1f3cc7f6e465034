// What a list of cases does with news: rows change in place, new ones wait until somebody asks for them. No DOM.
import type { CaseCard } from '@/api/types'

export interface Listing {
  rows: readonly CaseCard[]
  /** Cases that belong into the view but are not shown yet, newest first. */
  fresh: readonly CaseCard[]
  /** Rows that no longer belong into the view; they stay where they are until the list is asked for again. */
  left: ReadonlySet<string>
}

export const EMPTY: Listing = { rows: [], fresh: [], left: new Set() }

const OVER: ReadonlySet<string> = new Set(['closed', 'filed', 'answered', 'rejected', 'transferred', 'withdrawn', 'discarded'])
const SOON_SHARE = 0.8

type Belongs = (card: CaseCard, now_ms: number) => boolean
const running = (card: CaseCard) => isOpen(card) && card.clock !== null && !card.clock.stopped_at
const isOpen = (card: CaseCard) => !OVER.has(card.state) && card.state !== 'draft'
const marked =
  (flag: string): Belongs =>
  (card) =>
    card.flags.includes(flag)

/** The views of which a card itself says whether it belongs there; a view of one state is named after it. */
const VIEWS: Record<string, Belongs> = {
  all: (card) => card.state !== 'draft' && card.state !== 'discarded',
  open: isOpen,
  closed: (card) => card.state === 'closed' || card.state === 'answered',
  late: (card, now_ms) => running(card) && Date.parse(card.clock!.due_at) < now_ms,
  soon: (card, now_ms) => running(card) && isSoon(Date.parse(card.clock!.started_at), Date.parse(card.clock!.due_at), now_ms),
  unfinished: (card) => card.state === 'draft',
  incidents: (card) => isOpen(card) && card.incident_size > 0,
  ledger_asked: marked('ledger_asked'),
  extensions: marked('extension_open'),
  findings: marked('finding_open'),
  appeals: marked('appeal_open'),
  supervision: marked('supervised'),
}
/** Views that follow what a card does not show: only the centre can say. */
const ONLY_CENTRE: ReadonlySet<string> = new Set(['given_down', 'to_call_back', 'look_back', 'yellow', 'red', 'handling'])

function isSoon(from_ms: number, due_ms: number, now_ms: number): boolean {
  return now_ms <= due_ms && now_ms - from_ms >= SOON_SHARE * (due_ms - from_ms)
}

/** Say whether `card` belongs into a saved view, or null where only the centre can say. */
export function belongs(view: string, card: CaseCard, now_ms: number): boolean | null {
  if (ONLY_CENTRE.has(view)) return null
  return VIEWS[view]?.(card, now_ms) ?? card.state === view
}

/** Return the list after a pushed card. */
export function heard(list: Listing, view: string, card: CaseCard, now_ms: number): Listing {
  const fits = belongs(view, card, now_ms)
  if (fits === null) return updated(list, card)
  const at = list.rows.findIndex((row) => row.case_no === card.case_no)
  if (at >= 0) return inPlace(list, at, card, fits)
  const known = list.fresh.find((row) => row.case_no === card.case_no)
  if (known && known.version >= card.version) return list
  const others = list.fresh.filter((row) => row.case_no !== card.case_no)
  return { ...list, fresh: fits ? [card, ...others] : others }
}

function inPlace(list: Listing, at: number, card: CaseCard, fits: boolean): Listing {
  if (list.rows[at]!.version >= card.version) return list
  const left = new Set(list.left)
  if (fits) left.delete(card.case_no)
  else left.add(card.case_no)
  return { ...list, rows: list.rows.map((row, index) => (index === at ? card : row)), left }
}

/** Return the list with a known row brought up to date, without judging where it belongs. */
export function updated(list: Listing, card: CaseCard): Listing {
  return { ...list, rows: list.rows.map((row) => (row.case_no === card.case_no ? newer(row, card) : row)) }
}

/**
 * Return the list after the centre's own first page: known rows are brought up to date where they are, unknown ones
 * wait, and rows that the page should show but does not have left the view.
 */
export function compared(list: Listing, page: readonly CaseCard[], whole: boolean): Listing {
  const byNumber = new Map(page.map((card) => [card.case_no, card]))
  const rows = list.rows.map((row) => newer(row, byNumber.get(row.case_no)))
  const shown = new Set(rows.map((row) => row.case_no))
  const left = new Set(list.left)
  for (const row of rows) {
    if (byNumber.has(row.case_no)) left.delete(row.case_no)
    else if (whole) left.add(row.case_no)
  }
  const waiting = page.filter((card) => !shown.has(card.case_no))
  const named = new Set(waiting.map((card) => card.case_no))
  // What only a push has told may be too young for this page, unless the page is all there is.
  const young = whole ? [] : list.fresh.filter((card) => !named.has(card.case_no) && !shown.has(card.case_no))
  return { rows, left, fresh: [...young, ...waiting] }
}

function newer(row: CaseCard, other: CaseCard | undefined): CaseCard {
  return other && other.version > row.version ? other : row
}

/** Return the list with the waiting rows put on top and those that have left taken out. */
export function shownFresh(list: Listing): Listing {
  const rows = [...list.fresh, ...list.rows.filter((row) => !list.left.has(row.case_no))]
  return { rows, fresh: [], left: new Set() }
}
