// Something the centre is asked for: what it answered, what went wrong, and asking again. Only the newest answer counts.
import { ref, shallowRef, watch, type WatchSource } from 'vue'

import { asProblem, type ApiProblem } from '@/api'

/** Ask at once, and again whenever `what` changes. What was shown stays until the new answer is there. */
export function useAsked<T>(ask: () => Promise<T>, what?: WatchSource) {
  const value = shallowRef<T | null>(null)
  const loading = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  let asked = 0

  async function load(): Promise<void> {
    const mine = ++asked
    loading.value = true
    try {
      const answer = await ask()
      if (mine !== asked) return
      value.value = answer
      problem.value = null
    } catch (thrown) {
      if (mine === asked) problem.value = asProblem(thrown)
    }
    if (mine === asked) loading.value = false
  }

  /** Show what has come another way, as from an action's answer. */
  function take(answer: T): void {
    asked++
    value.value = answer
    loading.value = false
    problem.value = null
  }

  if (what) watch(what, () => void load())
  void load()
  return { value, loading, problem, load, take }
}
