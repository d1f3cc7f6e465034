// The telephone of the seat: started when the agent takes calls, left running until the page goes.
import { onScopeDispose, shallowRef, computed, watch, type Ref } from 'vue'

import { asProblem, type SeatState } from '@/api'
import { openPhone, type PhoneState, type SoftPhone } from '@/phone'
import { silentPhone } from '@/phone/softphone'

const AGAIN_MS = 5_000

/** Return the seat's telephone; it starts as soon as the seat is anything but offline. */
export function useSeatPhone(seat: Readonly<Ref<SeatState | null>>) {
  const phone = shallowRef<SoftPhone | null>(null)
  const failure = shallowRef<string | null>(null)
  const off = silentPhone()
  let starting = false
  let gone = false

  async function start(): Promise<void> {
    if (starting || phone.value || gone) return
    starting = true
    try {
      const opened = await openPhone()
      await opened.start()
      phone.value = opened
      failure.value = null
      if (gone) await opened.stop()
    } catch (thrown) {
      failure.value = asProblem(thrown).message
      setTimeout(() => void start(), AGAIN_MS)
    } finally {
      starting = false
    }
  }

  watch(seat, (state) => state && state !== 'offline' && void start(), { immediate: true })
  onScopeDispose(() => {
    gone = true
    void phone.value?.stop()
  })

  return {
    state: computed<Readonly<PhoneState>>(() => phone.value?.state ?? { ...off, complaint: failure.value }),
    mute: (on: boolean) => phone.value?.mute(on),
    wake: () => phone.value?.wake(),
  }
}
