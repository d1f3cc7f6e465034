// What the agent's console needs of a telephone, whoever the carrier is.

export interface PhoneState {
  /** off: not started; away: no connection; ready: can ring; open: sound flows. */
  line: 'off' | 'away' | 'ready' | 'ringing' | 'open'
  muted: boolean
  microphone: 'unknown' | 'granted' | 'missing'
  /** Sound is asleep until the person touches the page; `wake` after a gesture. */
  asleep: boolean
  /** The carrier's last complaint, in its words; null when all is well. */
  complaint: string | null
}

export interface SoftPhone {
  /** Reactive. */
  readonly state: Readonly<PhoneState>
  /**
   * Connect and answer by itself whatever rings: the centre rings this telephone only after the
   * agent has accepted an offer, so a second click would be one too many.
   */
  start(): Promise<void>
  mute(on: boolean): void
  hangUp(): void
  wake(): Promise<void>
  stop(): Promise<void>
}

export function silentPhone(): PhoneState {
  return { line: 'off', muted: false, microphone: 'unknown', asleep: false, complaint: null }
}
