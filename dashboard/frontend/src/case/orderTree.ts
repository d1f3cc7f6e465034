// The orders of a case as rows of a tree: live ones first, each sub-unit's order beneath the order it came from.
import type { OrderCard } from '@/api/types'

export interface OrderRow {
  order: OrderCard
  depth: number
}

const PART: Record<OrderCard['part'], number> = { lead: 0, helper: 1, sub: 2 }
const OVER: ReadonlySet<string> = new Set(['returned', 'done'])

/** Return every order once; one whose parent is not among them stands at the root. */
export function orderTree(orders: readonly OrderCard[]): OrderRow[] {
  const numbers = new Set(orders.map((order) => order.order_no))
  const isRoot = (order: OrderCard) => !order.parent_order_no || !numbers.has(order.parent_order_no)
  const sorted = [...orders].sort(
    (a, b) => Number(OVER.has(a.state)) - Number(OVER.has(b.state)) || PART[a.part] - PART[b.part] || b.order_no.localeCompare(a.order_no),
  )
  const under = (parent: OrderCard, depth: number): OrderRow[] =>
    sorted.filter((order) => order.parent_order_no === parent.order_no).flatMap((order) => [{ order, depth }, ...under(order, depth + 1)])
  return sorted.filter(isRoot).flatMap((order) => [{ order, depth: 0 }, ...under(order, 1)])
}
