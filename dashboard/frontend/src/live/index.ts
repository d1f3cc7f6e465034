// The live feed of this page and what components use of it.
import { onScopeDispose } from 'vue'

import { openFeed, openWire, type Feed, type Pushes } from './feed'

export { cardStore, type CardStore } from './cards'
export type { FeedState, Health } from './health'
export { withWords, healed } from './words'

let feed: Feed | null = null

/** Return the one feed of this page, opened on first use. */
export function liveFeed(): Feed {
  feed ??= openFeed(openWire())
  return feed
}

/** Hear a push for as long as the component lives. */
export function useLive<E extends keyof Pushes>(event: E, listener: (payload: Pushes[E]) => void): void {
  onScopeDispose(liveFeed().on(event, listener))
}

/** Take a snapshot now, after every reconnect and every 30 s, for as long as the component lives. */
export function useSnapshot(take: () => Promise<void>): void {
  onScopeDispose(liveFeed().heal(take))
}
