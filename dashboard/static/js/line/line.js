// The practice line as a browser telephone sees it: one WebSocket, words as JSON, sound as µ-law.
// The protocol is written down in docs/practice-line.md.
import { decode, encode } from './mulaw.js'

/**
 * What the line tells; see "From the line" in docs/practice-line.md.
 * @typedef {object} LineMessage
 * @property {string} type
 * @property {string} [call_sid]
 * @property {string} [reason]
 * @property {string} [code]
 * @property {string} [message]
 * @property {boolean} [resumed]
 * @property {boolean} [muted]
 * @property {string} [from]
 * @property {Record<string, string>} [parameters]
 */

/**
 * @typedef {object} LineEvents
 * @property {(message: LineMessage) => void} onMessage
 * @property {(frame: Float32Array) => void} onSound
 * @property {(connected: boolean) => void} onWire
 */

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 5000

/** A telephone on the practice line. It connects again by itself and takes up the call it had. */
export class Line {
  /** @type {WebSocket | null} */
  #socket = null
  /** @type {string | null} */
  #callSid = null
  /** @type {string | null} */
  #openSid = null
  #wait_ms = FIRST_WAIT_MS
  #wanted = false
  #askToken
  #events

  /**
   * @param {() => Promise<{ line_url: string, token: string }>} askToken
   * @param {LineEvents} events
   */
  constructor(askToken, events) {
    this.#askToken = askToken
    this.#events = events
  }

  /** The call of this telephone, ringing or open. */
  get callSid() {
    return this.#callSid
  }

  /**
   * Connect and stay connected; `resume` takes up a call of this identity that a reload has cut.
   * @param {string | null} [resume]
   */
  async start(resume = null) {
    this.#wanted = true
    this.#callSid ??= resume
    await this.#connect()
  }

  /** Leave for good. */
  stop() {
    this.#wanted = false
    this.#socket?.close(1000)
    this.#socket = null
  }

  /** @param {string} callSid */
  accept(callSid) {
    this.#callSid = callSid
    this.#send({ type: 'accept', call_sid: callSid })
  }

  /** @param {{ to?: string, from?: string, parameters?: Record<string, string> }} call */
  connect(call) {
    this.#send({ type: 'connect', ...call })
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#send({ type: 'mute', muted })
  }

  /** @param {string} digits */
  press(digits) {
    this.#send({ type: 'digits', digits })
  }

  hangUp() {
    this.#send({ type: 'hangup' })
  }

  /** @param {Float32Array} frame */
  speak(frame) {
    if (this.#openSid && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(encode(frame))
  }

  /** @param {object} message */
  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  async #connect() {
    try {
      const { line_url, token } = await this.#askToken()
      if (this.#wanted) this.#open(`${line_url}?token=${encodeURIComponent(token)}`)
    } catch {
      this.#again()
    }
  }

  /** @param {string} address */
  #open(address) {
    const socket = new WebSocket(address)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => {
      this.#wait_ms = FIRST_WAIT_MS
      this.#send(this.#callSid ? { type: 'register', resume: this.#callSid } : { type: 'register' })
      this.#events.onWire(true)
    }
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.#hear(JSON.parse(data))
      else this.#events.onSound(decode(new Uint8Array(data)))
    }
    socket.onclose = () => {
      if (this.#socket !== socket) return
      this.#openSid = null
      this.#events.onWire(false)
      this.#again()
    }
  }

  #again() {
    if (!this.#wanted) return
    setTimeout(() => this.#wanted && void this.#connect(), this.#wait_ms)
    this.#wait_ms = Math.min(LONGEST_WAIT_MS, this.#wait_ms * 2)
  }

  /** @param {LineMessage} message */
  #hear(message) {
    const sid = message.call_sid ?? null
    switch (message.type) {
      case 'ringing':
        this.#callSid = sid
        break
      case 'open':
        this.#callSid = this.#openSid = sid
        break
      case 'closed':
      case 'cancel':
        if (sid === this.#callSid) this.#callSid = this.#openSid = null
        break
      case 'error':
        if (String(message.code) === '31404') this.#callSid = this.#openSid = null
        break
      case 'token_will_expire':
        void this.#askToken().then(({ token }) => this.#send({ type: 'register', token }))
        break
    }
    this.#events.onMessage(message)
  }
}
