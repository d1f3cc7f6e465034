// Something that is done once: busy while it runs, and what the centre said when it would not.
import { ref, shallowRef } from 'vue'

import { asProblem, type ApiProblem } from '@/api'

export function useAct() {
  const busy = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)

  /** Return whether `work` was done; a second press while it runs does nothing. */
  async function act(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await work()
      problem.value = null
      return true
    } catch (thrown) {
      problem.value = asProblem(thrown)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, act }
}
