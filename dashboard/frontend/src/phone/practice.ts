// The telephone of a seat on the practice line.
import { reactive, readonly } from 'vue'

import type { PhoneToken } from '@/api'

import { Line, type LineMessage } from '../../../static/js/line/line.js'
import { openHandset, type Handset } from '../../../static/js/line/sound.js'
import { silentPhone, type SoftPhone } from './softphone'

/** Kept for the tab only, so that a reloaded page takes up its call. */
const CALL_KEPT_AS = 'practice-line-call'

/** Return the practice line's telephone; `askToken` gives a fresh token whenever one is needed. */
export function practicePhone(askToken: () => Promise<PhoneToken>): SoftPhone {
  const state = reactive(silentPhone())
  let handset: Handset | null = null

  const line = new Line(
    async () => {
      const { line_url, token } = await askToken()
      if (!line_url) throw new Error('the practice line is off')
      return { line_url, token }
    },
    {
      onSound: (frame) => handset?.play(frame),
      onWire: (connected) => {
        if (!connected) state.line = 'away'
      },
      onMessage: hear,
    },
  )

  function hear(message: LineMessage): void {
    switch (message.type) {
      case 'registered':
        if (state.line !== 'open') state.line = 'ready'
        break
      case 'incoming':
        state.line = 'ringing'
        line.accept(message.call_sid!)
        break
      case 'open':
        Object.assign(state, { line: 'open', muted: false, complaint: null, asleep: handset?.asleep() ?? false })
        sessionStorage.setItem(CALL_KEPT_AS, message.call_sid!)
        break
      case 'muted':
        state.muted = message.muted ?? false
        break
      case 'cancel':
      case 'closed':
        Object.assign(state, { line: 'ready', muted: false })
        sessionStorage.removeItem(CALL_KEPT_AS)
        break
      case 'error':
        complain(message)
    }
  }

  function complain(message: LineMessage): void {
    if (String(message.code) === '31404') {
      // The call is over or another tab has it: the seat, not the telephone, tells what became of it.
      sessionStorage.removeItem(CALL_KEPT_AS)
      state.line = 'ready'
    } else state.complaint = message.message ?? null
  }

  return {
    state: readonly(state),
    async start() {
      if (handset) return
      state.line = 'away'
      handset = await openHandset((frame) => line.speak(frame))
      state.microphone = handset.hasMicrophone ? 'granted' : 'missing'
      state.asleep = handset.asleep()
      await line.start(sessionStorage.getItem(CALL_KEPT_AS))
    },
    mute: (on) => line.mute(on),
    hangUp: () => line.hangUp(),
    async wake() {
      await handset?.wake()
      state.asleep = false
    },
    async stop() {
      line.stop()
      await handset?.close()
      handset = null
      state.line = 'off'
    },
  }
}
