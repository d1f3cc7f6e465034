// One key for each attempt to change something, so that sending it again never does it twice.

/** Return a fresh key. `randomUUID` is for secure addresses only; a centre in a closed network may have none. */
export function attemptKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Remembers the key of a request whose answer never came, until the same request is answered. */
export class Attempts {
  private readonly open = new Map<string, string>()

  /** Return the key for what is sent: the one of before when exactly this was sent and never answered. */
  keyFor(sent: unknown): string {
    const print = JSON.stringify(sent)
    const key = this.open.get(print) ?? attemptKey()
    this.open.set(print, key)
    return key
  }

  /** Forget what has been answered, whether granted or refused: doing it anew is a new attempt. */
  answered(sent: unknown): void {
    this.open.delete(JSON.stringify(sent))
  }
}
