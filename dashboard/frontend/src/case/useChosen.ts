// The cases of a list that are chosen for one action on all of them.
import { ref, watch } from 'vue'

export function useChosen() {
  const chosen = ref<ReadonlySet<string>>(new Set())
  /** The bar stays until it is put away, so that what came of it can be read. */
  const bulkOpen = ref(false)

  function choose(caseNo: string, on: boolean): void {
    const now = new Set(chosen.value)
    if (on) now.add(caseNo)
    else now.delete(caseNo)
    chosen.value = now
  }

  /** What was refused stays chosen, so that it can be looked at. */
  function bulkDone(caseNos: readonly string[]): void {
    const done = new Set(caseNos)
    chosen.value = new Set([...chosen.value].filter((caseNo) => !done.has(caseNo)))
  }

  function clearBulk(): void {
    chosen.value = new Set()
    bulkOpen.value = false
  }

  watch(chosen, (now) => (bulkOpen.value ||= now.size > 0))

  return { chosen, bulkOpen, choose, bulkDone, clearBulk }
}
