// A list whose membership only the centre can tell: pushes change rows in place and make the page ask again.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { asProblem, type ApiProblem, type CaseCard } from '@/api'
import { compared, EMPTY, shownFresh, updated, type Listing } from '@/case/listing'
import { useLive, useSnapshot } from '@/live'

/** However many pushes come, the centre is asked again at most so often. */
const ASK_AFTER_MS = 900

export interface AskedPage {
  cards: readonly CaseCard[]
  next: string | null
  /** null where the centre does not count. */
  total: number | null
}

/**
 * `ask` brings one page; `what` is what the list is of: when it changes, the list begins anew. `handsOff` says that
 * nobody points at or works in the list, so that new rows may be shown at once.
 */
export function useAskedList(ask: (cursor: string | null) => Promise<AskedPage>, what: Ref<string>, handsOff: () => boolean) {
  const list = shallowRef<Listing>(EMPTY)
  const total = ref<number | null>(null)
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  let asked = 0

  async function guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      problem.value = null
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  }

  async function load(): Promise<void> {
    const mine = ++asked
    loading.value = true
    await guarded(async () => {
      const page = await ask(null)
      if (mine !== asked) return
      list.value = { rows: page.cards, fresh: [], left: new Set() }
      total.value = page.total
      next.value = page.next
    })
    if (mine === asked) loading.value = false
  }

  async function more(): Promise<void> {
    const cursor = next.value
    if (!cursor) return
    const mine = asked
    await guarded(async () => {
      const page = await ask(cursor)
      if (mine !== asked) return
      const shown = new Set(list.value.rows.map((row) => row.case_no))
      list.value = { ...list.value, rows: [...list.value.rows, ...page.cards.filter((card) => !shown.has(card.case_no))] }
      next.value = page.next
    })
  }

  /** Compare with the centre without moving a row. */
  async function heal(): Promise<void> {
    if (loading.value) return
    const mine = asked
    const page = await ask(null)
    if (mine !== asked) return
    problem.value = null
    list.value = compared(list.value, page.cards, page.next === null)
    total.value = page.total
    const { rows, fresh, left } = list.value
    if (fresh.length + left.size > 0 && (rows.length === 0 || handsOff())) showFresh()
  }

  let waiting: ReturnType<typeof setTimeout> | undefined
  function healSoon(): void {
    waiting ??= setTimeout(() => {
      waiting = undefined
      void heal().catch(() => undefined)
    }, ASK_AFTER_MS)
  }

  function showFresh(): void {
    list.value = shownFresh(list.value)
  }

  function take(card: CaseCard): void {
    list.value = updated(list.value, card)
    healSoon()
  }

  useLive('case.card', take)
  useSnapshot(heal)
  onScopeDispose(() => clearTimeout(waiting))
  watch(what, () => void load(), { immediate: true })

  return { list, total, next, loading, problem, load, more, showFresh, take }
}
