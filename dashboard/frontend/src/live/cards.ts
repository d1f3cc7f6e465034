// A store of cards fed by snapshots and by pushes; what pages render lists from.
import { computed, shallowReactive, type ComputedRef } from 'vue'

import { adopt, keepNewer, type Versioned } from './versions'

export interface CardStore<K, T extends Versioned> {
  /** All cards, in the order in which they became known. */
  readonly all: ComputedRef<T[]>
  get(key: K): T | undefined
  /** Take a pushed card; says whether it was news. */
  push(card: T): boolean
  /** Run `ask` and make its cards the store, keeping what was pushed while the answer was on its way. */
  refresh(ask: () => Promise<Iterable<T>>): Promise<void>
  drop(key: K): void
}

/** Return an empty store of cards that are told apart by `keyOf`. */
export function cardStore<K, T extends Versioned>(keyOf: (card: T) => K): CardStore<K, T> {
  const cards = shallowReactive(new Map<K, T>()) as Map<K, T>
  const journeys = new Set<Set<K>>()

  return {
    all: computed(() => [...cards.values()]),
    get: (key) => cards.get(key),
    push(card) {
      for (const pushed of journeys) pushed.add(keyOf(card))
      return keepNewer(cards, keyOf(card), card)
    },
    async refresh(ask) {
      const pushed = new Set<K>()
      journeys.add(pushed)
      try {
        adopt(cards, await ask(), keyOf, pushed)
      } finally {
        journeys.delete(pushed)
      }
    },
    drop: (key) => void cards.delete(key),
  }
}
