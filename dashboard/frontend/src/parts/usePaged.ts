// A list that comes in pages, each with the key of the next.
import { ref, shallowRef, watch, type WatchSource } from 'vue'

import { asProblem, type ApiProblem } from '@/api'

/** `ask` brings the page that follows `after` (null: the first) and the key of the next one. */
export function usePaged<T, K>(ask: (after: K | null) => Promise<{ items: readonly T[]; next: K | null }>, what?: WatchSource) {
  const items = shallowRef<readonly T[]>([])
  const next = shallowRef<K | null>(null)
  const loading = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  let asked = 0

  async function bring(after: K | null): Promise<void> {
    const mine = ++asked
    loading.value = true
    try {
      const page = await ask(after)
      if (mine !== asked) return
      items.value = after === null ? page.items : [...items.value, ...page.items]
      next.value = page.next
      problem.value = null
    } catch (thrown) {
      if (mine === asked) problem.value = asProblem(thrown)
    }
    if (mine === asked) loading.value = false
  }

  const load = () => bring(null)
  const more = () => (next.value === null ? Promise.resolve() : bring(next.value))
  if (what) watch(what, () => void load())
  void load()
  return { items, next, loading, problem, load, more }
}
