// The agent's seat and call: one store that snapshots and pushes feed, and the actions that change it.
import { computed, onScopeDispose, shallowReactive, watch } from 'vue'

import { asProblem, desk, type ApiProblem, type CallCard, type CallDetail, type Seat, type Words } from '@/api'
import { cardStore, healed, liveFeed, useLive, useSnapshot, withWords } from '@/live'

import { openDraft, type DraftDesk } from './draft'

interface ConsoleState {
  seat: Seat | null
  detail: CallDetail | null
  words: readonly Words[]
  draft: DraftDesk | null
  problem: ApiProblem | null
  /** The action on its way, so that a second press does nothing. */
  busy: string | null
}

const WAITING: readonly string[] = ['arrived', 'queued', 'offered']

/** Return the console of this seat; it lives as long as the component that asks. */
export function useConsole() {
  const state = shallowReactive<ConsoleState>({
    seat: null,
    detail: null,
    words: [],
    draft: null,
    problem: null,
    busy: null,
  })
  const calls = cardStore<number, CallCard>((card) => card.call_id)
  const callId = computed(() => state.seat?.call?.call_id ?? null)
  const waiting = computed(() =>
    calls.all.value.filter((card) => WAITING.includes(card.state)).sort((a, b) => a.arrived_at.localeCompare(b.arrived_at)),
  )

  function takeSeat(seat: Seat): void {
    if (!state.seat || seat.version >= state.seat.version) state.seat = seat
  }

  function takeCard(card: CallCard): void {
    if (state.detail?.card.call_id !== card.call_id || card.version <= state.detail.card.version) return
    state.detail = { ...state.detail, card }
  }

  function takeDetail(detail: CallDetail): void {
    if (detail.card.call_id !== callId.value) return
    const known = state.detail?.card
    state.detail = known && known.version > detail.card.version ? { ...detail, card: known } : detail
    state.words = healed(detail.words, state.words)
    state.draft?.take(detail.draft)
  }

  async function healCall(): Promise<void> {
    if (callId.value !== null) takeDetail(await desk.call(callId.value))
  }

  /** Run an action once; what it refuses is shown until read. Says whether it was done. */
  async function act(name: string, run: () => Promise<void>): Promise<boolean> {
    if (state.busy) return false
    state.busy = name
    try {
      await run()
      state.problem = null
      return true
    } catch (thrown) {
      state.problem = asProblem(thrown)
      void desk.seat().then(takeSeat).catch(() => undefined)
      return false
    } finally {
      state.busy = null
    }
  }

  const ofCall = (name: string, run: (callId: number) => Promise<void>) =>
    act(name, async () => {
      if (callId.value !== null) await run(callId.value)
    })

  watch(
    callId,
    (now, _before, onCleanup) => {
      Object.assign(state, { detail: null, words: [], draft: null })
      if (now === null) return
      const draft = openDraft(now, (change) => desk.changeDraft(now, change), sessionStorage)
      state.draft = draft
      const unfollow = liveFeed().follow(now)
      onCleanup(() => {
        unfollow()
        draft.close()
      })
      void healCall().catch((thrown) => (state.problem = asProblem(thrown)))
    },
    { flush: 'sync' },
  )

  useSnapshot(async () => {
    takeSeat(await desk.seat())
    await healCall()
  })
  useSnapshot(() => calls.refresh(async () => (await desk.waiting()).calls))
  useLive('seat', takeSeat)
  useLive('call.card', (card) => {
    calls.push(card)
    takeCard(card)
  })
  useLive('call.words', (words) => {
    if (words.call_id === callId.value) state.words = withWords(state.words, words)
  })
  useLive('draft', (draft) => {
    if (draft.call_id === callId.value && state.draft?.hear(draft)) void healCall().catch(() => undefined)
  })
  onScopeDispose(() => state.draft?.close())

  return {
    state,
    waiting,
    callId,
    act,
    changeSeat: (to: 'ready' | 'break' | 'offline', reason: string | null = null) =>
      act('seat', async () => takeSeat(await desk.changeSeat(to, reason))),
    accept: () =>
      act('accept', async () => {
        const offer = state.seat?.offer
        if (offer) takeSeat(await desk.accept(offer.call.call_id, offer.claim))
      }),
    pickUp: (waitingCall: number) => act('accept', async () => takeSeat(await desk.accept(waitingCall))),
    decline: () =>
      act('decline', async () => {
        const offer = state.seat?.offer
        if (offer) takeSeat(await desk.decline(offer.call.call_id, offer.claim))
      }),
    hold: (on: boolean) => ofCall('hold', async (id) => takeCard(await desk.hold(id, on))),
    hangUp: () => ofCall('hang-up', async (id) => takeCard(await desk.hangUp(id))),
    reveal: (purpose: string) => desk.reveal(callId.value!, purpose),
    register: () =>
      ofCall('register', async (id) => {
        await state.draft?.confirmAll()
        await desk.register(id)
        await healCall()
      }),
    answer: () =>
      ofCall('answer', async (id) => {
        await state.draft?.confirmAll()
        await desk.answer(id)
        await healCall()
      }),
    endWrapUp: () =>
      act('wrap-up', async () => {
        await state.draft?.flush()
        takeSeat(await desk.endWrapUp())
      }),
  }
}

export type Console = ReturnType<typeof useConsole>
