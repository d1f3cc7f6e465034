// The rule that makes late, double and lost pushes harmless: of two cards of one thing the newer version stays.

export interface Versioned {
  version: number
}

/** Put `card` under `key` unless the same or a newer version is there; say whether it was news. */
export function keepNewer<K, T extends Versioned>(cards: Map<K, T>, key: K, card: T): boolean {
  const known = cards.get(key)
  if (known && known.version >= card.version) return false
  cards.set(key, card)
  return true
}

/**
 * Make `cards` what a snapshot says, but never older than what a push has already told.
 *
 * A card that the snapshot lacks is dropped, unless it was pushed after the snapshot was asked for
 * (`pushedSince`): such a card may simply be too young to be in it.
 */
export function adopt<K, T extends Versioned>(
  cards: Map<K, T>,
  snapshot: Iterable<T>,
  keyOf: (card: T) => K,
  pushedSince: ReadonlySet<K> = new Set(),
): void {
  const named = new Set<K>()
  for (const card of snapshot) {
    named.add(keyOf(card))
    keepNewer(cards, keyOf(card), card)
  }
  for (const key of [...cards.keys()]) {
    if (!named.has(key) && !pushedSince.has(key)) cards.delete(key)
  }
}
