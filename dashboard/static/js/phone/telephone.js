// The caller's telephone: what it does, without knowing the page. A page renders from `state`.
import { Line } from '../line/line.js'
import { openHandset } from '../line/sound.js'

/**
 * @typedef {object} TelephoneState
 * @property {'idle' | 'dialling' | 'ringing' | 'open' | 'closed' | 'failed'} call
 * @property {string} reason why it closed, in the line's words
 * @property {number | null} openedAt milliseconds
 * @property {boolean} muted
 * @property {string} complaint a key of the page's words, or the line's own sentence
 */

const CLOSED = /** @type {const} */ ({ call: 'closed', openedAt: null, muted: false })

/** Return how loud a frame is, 0..1, for the meters. @param {Float32Array} frame */
export function loudness(frame) {
  const power = frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length
  return Math.min(1, Math.sqrt(power) * 4)
}

export class Telephone {
  /** @type {TelephoneState} */
  state = { call: 'idle', reason: '', openedAt: null, muted: false, complaint: '' }
  /** @type {import('../line/sound.js').Handset | null} */
  #handset = null
  /** @type {Line | null} */
  #line = null
  #registered = false
  #from = ''
  #askToken
  #changed
  #heard

  /**
   * @param {() => Promise<{ line_url: string, token: string }>} askToken
   * @param {(state: TelephoneState) => void} changed
   * @param {(side: 'mine' | 'theirs', loud: number) => void} heard
   */
  constructor(askToken, changed, heard) {
    this.#askToken = askToken
    this.#changed = changed
    this.#heard = heard
  }

  /**
   * Place a call; the handset speaks with the microphone or, without one, with the file that is played.
   * @param {boolean} microphone
   * @param {string} from the practice number that the other side sees
   */
  async call(microphone, from) {
    this.#from = from
    this.#become({ call: 'dialling', reason: '', complaint: '' })
    this.#handset = await openHandset((frame) => this.#say(frame), { microphone })
    await this.#handset.wake()
    if (microphone && !this.#handset.hasMicrophone) {
      this.#become({ complaint: 'no_microphone' })
    }
    this.#line ??= this.#newLine()
    if (this.#registered) this.#line.connect({ from })
    else await this.#line.start()
  }

  hangUp() {
    this.#line?.hangUp()
  }

  /** @param {string} digits */
  press(digits) {
    this.#line?.press(digits)
  }

  toggleMute() {
    this.#line?.mute(!this.state.muted)
  }

  /** @param {ArrayBuffer} bytes */
  async playFile(bytes) {
    return this.#handset?.speakFile(bytes) ?? 0
  }

  #newLine() {
    return new Line(this.#askToken, {
      onMessage: (message) => this.#hear(message),
      onSound: (frame) => {
        this.#handset?.play(frame)
        this.#heard('theirs', loudness(frame))
      },
      onWire: (connected) => {
        if (!connected) this.#registered = false
      },
    })
  }

  /** @param {Float32Array} frame */
  #say(frame) {
    if (this.state.call !== 'open') return
    this.#line?.speak(frame)
    this.#heard('mine', this.state.muted ? 0 : loudness(frame))
  }

  /** @param {import('../line/line.js').LineMessage} message */
  #hear(message) {
    switch (message.type) {
      case 'registered':
        if (!this.#registered && this.state.call === 'dialling') this.#line?.connect({ from: this.#from })
        this.#registered = true
        break
      case 'ringing':
        this.#become({ call: 'ringing' })
        break
      case 'open':
        this.#become({ call: 'open', openedAt: this.state.openedAt ?? Date.now() })
        break
      case 'muted':
        this.#become({ muted: message.muted ?? false })
        break
      case 'closed':
        void this.#end(message.reason ?? '')
        break
      case 'error':
        this.#become({ complaint: message.message ?? '' })
        if (this.state.call === 'dialling') void this.#end('failed')
    }
  }

  /** @param {string} reason */
  async #end(reason) {
    this.#become({ ...CLOSED, reason })
    await this.#handset?.close()
    this.#handset = null
  }

  /** @param {Partial<TelephoneState>} change */
  #become(change) {
    this.state = { ...this.state, ...change }
    this.#changed(this.state)
  }
}
