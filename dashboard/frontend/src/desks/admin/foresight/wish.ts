// What somebody wants to try before they do it, carried from where it was thought of to the replay; kept for this tab.
import { ref, watch } from 'vue'

import type { DutyCells } from '@/api/duties'

export interface Wish {
  edits: DutyCells[]
  removed: string[]
  load_id: number | null
  pack_id: number | null
  threshold: number | null
  model: boolean
}

export const NO_WISH: Wish = { edits: [], removed: [], load_id: null, pack_id: null, threshold: null, model: false }
const KEPT_AS = 'what-if'

function kept(): Wish {
  if (typeof sessionStorage === 'undefined') return { ...NO_WISH }
  return { ...NO_WISH, ...(JSON.parse(sessionStorage.getItem(KEPT_AS) ?? '{}') as Partial<Wish>) }
}

export const wish = ref<Wish>(kept())
if (typeof sessionStorage !== 'undefined') {
  watch(wish, (wanted) => sessionStorage.setItem(KEPT_AS, JSON.stringify(wanted)), { deep: true })
}

/** Return `edits` with `cells` in the place of what was wanted for the same line. */
export function withEdit(edits: readonly DutyCells[], cells: DutyCells): DutyCells[] {
  const others = edits.filter((one) => one.duty_no !== cells.duty_no)
  return [...others, cells]
}

export const tryEdit = (cells: DutyCells) => (wish.value = { ...wish.value, load_id: null, edits: withEdit(wish.value.edits, cells) })
export const tryLoad = (id: number) => (wish.value = { ...NO_WISH, load_id: id })
export const tryPack = (id: number) => (wish.value = { ...NO_WISH, pack_id: id })
export const tryThreshold = (share: number) => (wish.value = { ...NO_WISH, threshold: share })

/** Say whether there is anything to try. */
export function wants(wanted: Wish): boolean {
  return wanted.edits.length > 0 || wanted.removed.length > 0 || wanted.load_id !== null || wanted.pack_id !== null || wanted.threshold !== null || wanted.model
}
