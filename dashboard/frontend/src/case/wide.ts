// Whether there is room for the open case beside the list.
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export function useWide(): Readonly<Ref<boolean>> {
  const query = matchMedia('(width >= 1280px)')
  const wide = ref(query.matches)
  const look = () => (wide.value = query.matches)
  query.addEventListener('change', look)
  onScopeDispose(() => query.removeEventListener('change', look))
  return readonly(wide)
}
