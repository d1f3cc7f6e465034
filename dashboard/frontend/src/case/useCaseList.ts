// One saved view of cases: its page, what has come since, and the counts of all views.
import { ref, shallowRef, watch, type Ref } from 'vue'

import { asProblem, cases, type ApiProblem, type CaseCard, type CaseQuery, type View } from '@/api'
import { useLive, useSnapshot } from '@/live'
import { holds } from '@/session'

import { belongs, compared, EMPTY, heard, shownFresh, updated, type Listing } from './listing'

const COUNT_AFTER_MS = 600
const HEAL_AFTER_MS = 150

/** `handsOff` says that nobody points at or works in the list, so that new rows may be shown at once. */
export function useCaseList(view: Ref<string>, terms: Ref<CaseQuery>, handsOff: () => boolean) {
  const list = shallowRef<Listing>(EMPTY)
  const views = shallowRef<View[]>([])
  const total = ref(0)
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  const announced = ref(0)
  const citywide = holds('agent', 'dispatcher', 'reviewer', 'callback', 'supervisor', 'leader', 'administrator')
  let asked = 0

  const query = () => ({ view: view.value, ...terms.value })
  const searching = () => Object.keys(terms.value).length > 0

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
      const page = await cases.page(query())
      if (mine !== asked) return
      list.value = { rows: page.items, fresh: [], left: new Set() }
      total.value = page.total
      next.value = page.next
    })
    if (mine === asked) loading.value = false
  }

  async function more(): Promise<void> {
    if (!next.value) return
    const cursor = next.value
    await guarded(async () => {
      const page = await cases.page({ ...query(), cursor })
      const shown = new Set(list.value.rows.map((row) => row.case_no))
      list.value = { ...list.value, rows: [...list.value.rows, ...page.items.filter((card) => !shown.has(card.case_no))] }
      next.value = page.next
    })
  }

  /** Compare with the centre without moving a row. */
  async function heal(): Promise<void> {
    await countViews()
    if (loading.value) return
    const mine = asked
    const page = await cases.page(query())
    if (mine !== asked) return
    list.value = compared(list.value, page.items, page.next === null)
    total.value = page.total
    welcome()
  }

  /** Say that new cases have come; with nobody's hand on the list, bring it up to date as a whole. */
  function welcome(): void {
    const { rows, fresh, left } = list.value
    if (fresh.length > 0) announced.value = fresh.length
    if (fresh.length + left.size > 0 && (rows.length === 0 || handsOff())) list.value = shownFresh(list.value)
  }

  function showFresh(): void {
    list.value = shownFresh(list.value)
  }

  /**
   * Take a changed case. For the centre's own people a card says which views it belongs to; a unit's lists follow
   * its own orders, which a card does not show, so there the centre is asked.
   */
  function take(card: CaseCard): void {
    list.value = citywide ? heard(list.value, view.value, card, Date.now()) : updated(list.value, card)
    if (!citywide || belongs(view.value, card, Date.now()) === null) healSoon()
    countSoon()
  }

  let healing: ReturnType<typeof setTimeout> | undefined
  function healSoon(): void {
    clearTimeout(healing)
    healing = setTimeout(() => void heal().catch(() => undefined), HEAL_AFTER_MS)
  }

  async function countViews(): Promise<void> {
    views.value = (await cases.views()).views
  }

  let counting: ReturnType<typeof setTimeout> | undefined
  function countSoon(): void {
    clearTimeout(counting)
    counting = setTimeout(() => void countViews().catch(() => undefined), COUNT_AFTER_MS)
  }

  useLive('case.card', (card) => {
    // A search shows what was found; whether a new case matches it only the centre can say.
    const known = list.value.rows.some((row) => row.case_no === card.case_no)
    if (!searching() || known) take(card)
    else countSoon()
    welcome()
  })
  useSnapshot(heal)
  watch([view, () => JSON.stringify(terms.value)], () => void load(), { immediate: true })

  return { list, views, total, next, loading, problem, announced, load, more, showFresh, take }
}
