// The wall's state, fed by snapshots and pushes. Pushes are gathered for a moment, so that a burst is one rendering.
import { computed, onScopeDispose, ref, shallowRef, triggerRef } from 'vue'

import { asProblem, board, type ApiProblem } from '@/api'
import { useLive, useSnapshot } from '@/live'
import { useNow } from '@/parts/time'

import * as figures from './figures'
import { beginSnapshot, emptyBoard, hearCall, hearCase, hearEvent, takeSnapshot, type BoardState } from './merge'

const GATHER_MS = 120

export function useBoard() {
  const state = shallowRef<BoardState>(emptyBoard())
  const problem = shallowRef<ApiProblem | null>(null)
  const takenAt = ref<string | null>(null)
  const now = useNow()

  let gathering: ReturnType<typeof setTimeout> | undefined
  function showSoon(): void {
    gathering ??= setTimeout(() => {
      gathering = undefined
      triggerRef(state)
    }, GATHER_MS)
  }
  onScopeDispose(() => clearTimeout(gathering))

  const hearing =
    <Card>(hear: (state: BoardState, card: Card) => void) =>
    (card: Card) => {
      hear(state.value, card)
      showSoon()
    }
  useLive('call.card', hearing(hearCall))
  useLive('case.card', hearing(hearCase))
  useLive('board.event', hearing(hearEvent))

  useSnapshot(async () => {
    const begun = beginSnapshot(state.value)
    try {
      const snapshot = await board.snapshot()
      takeSnapshot(state.value, snapshot, begun)
      takenAt.value = snapshot.as_of
      problem.value = null
      triggerRef(state)
    } catch (thrown) {
      problem.value = asProblem(thrown)
    }
  })

  const of = <T>(work: (state: BoardState) => T) => computed(() => work(state.value))
  return {
    problem,
    takenAt,
    waiting: of(figures.waitingCalls),
    talking: of(figures.talkingCalls),
    seats: of(figures.seatsByState),
    quarters: of(figures.callsByQuarter),
    calls: of(figures.callsToday),
    cases: of(figures.casesToday),
    byState: of(figures.openByState),
    recent: of(figures.recentCases),
    events: computed(() => state.value.events),
    units: computed(() => figures.unitLoads(state.value, now.value)),
    nextDue: of(figures.nextDue),
    pressing: computed(() => figures.pressingCases(state.value, now.value)),
    now,
  }
}
