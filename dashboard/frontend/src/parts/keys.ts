// The keys of a page: one list that both works and is shown by `?`.
import { onScopeDispose, shallowReactive } from 'vue'

export interface PageKey {
  /** As `KeyboardEvent.key`, with "Ctrl+" before it where it is held: "j", "Enter", "F2", "Ctrl+Enter". */
  key: string
  label: string
  run: (event: KeyboardEvent) => void
  /** Works while one types in a field too. */
  whileTyping?: boolean
}

/** The keys that work now, for the list that `?` shows; each page's own come last. */
export const keysNow = shallowReactive(new Set<readonly PageKey[]>())

const TYPING = 'input, textarea, select, [contenteditable=true]'

/** Return the name of what was pressed, in the words of `PageKey.key`. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>): string {
  return (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + event.key
}

function inDialog(target: Element | null): boolean {
  return target?.closest('[role=dialog], .el-popper') != null
}

/** Return the key of `keys` that `event` presses, if any. */
function meant(keys: readonly PageKey[], named: string, typing: boolean): PageKey | undefined {
  return keys.find((key) => key.key === named && (key.whileTyping || !typing))
}

// One listener for the page: what opened last hears first, so that Esc closes a form before the page beneath it.
function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  const target = event.target instanceof Element ? event.target : null
  const typing = target?.matches(TYPING) ?? false
  const named = pressed(event)
  if (inDialog(target)) return
  // A focused button or link keeps its own Enter and Space.
  if ((named === 'Enter' || named === ' ') && target?.closest('button, a, summary, [role=radio]')) return
  const found = [...keysNow].reverse().map((keys) => meant(keys, named, typing)).find((key) => key !== undefined)
  if (!found) return
  event.preventDefault()
  found.run(event)
}

/** Make `keys` work for as long as the component lives; a key that has run goes no further. */
export function useKeys(keys: readonly PageKey[]): void {
  if (keysNow.size === 0) document.addEventListener('keydown', onKey)
  keysNow.add(keys)
  onScopeDispose(() => {
    keysNow.delete(keys)
    if (keysNow.size === 0) document.removeEventListener('keydown', onKey)
  })
}

/** Keep Enter in a field with a list to the list: choosing from it must not send the form it stands in. */
export function keepEnter(event: KeyboardEvent): void {
  if (event.target instanceof Element && event.target.closest('.el-select, .el-cascader')) event.preventDefault()
}
