// The telephone of a seat on Twilio: the Voice SDK, loaded only when Twilio is the carrier.
import { Device, type Call } from '@twilio/voice-sdk'
import { reactive, readonly } from 'vue'

import type { PhoneToken } from '@/api'

import { silentPhone, type SoftPhone } from './softphone'

/** Return Twilio's telephone for the identity of `first`; `askToken` renews it before it expires. */
export function twilioPhone(first: PhoneToken, askToken: () => Promise<PhoneToken>): SoftPhone {
  const state = reactive(silentPhone())
  const device = new Device(first.token, { closeProtection: true })
  let call: Call | null = null

  device.on('registered', () => (state.line = 'ready'))
  device.on('unregistered', () => (state.line = 'away'))
  device.on('error', (error: { message: string }) => (state.complaint = error.message))
  device.on('tokenWillExpire', () => void askToken().then(({ token }) => device.updateToken(token)))
  device.on('incoming', (incoming: Call) => take(incoming))

  function take(incoming: Call): void {
    call = incoming
    state.line = 'ringing'
    incoming.on('accept', () => Object.assign(state, { line: 'open', muted: false, complaint: null }))
    incoming.on('mute', (muted: boolean) => (state.muted = muted))
    for (const end of ['disconnect', 'cancel', 'reject']) incoming.on(end, over)
    incoming.accept()
  }

  function over(): void {
    call = null
    Object.assign(state, { line: 'ready', muted: false })
  }

  return {
    state: readonly(state),
    async start() {
      if (device.state !== Device.State.Unregistered) return
      try {
        await navigator.mediaDevices.getUserMedia({ audio: true }).then((s) => s.getTracks().forEach((t) => t.stop()))
        state.microphone = 'granted'
      } catch {
        state.microphone = 'missing'
      }
      await device.register()
    },
    mute: (on) => call?.mute(on),
    hangUp: () => call?.disconnect(),
    wake: () => Promise.resolve(),
    async stop() {
      call?.disconnect()
      if (device.state === Device.State.Registered) await device.unregister()
      device.destroy()
      state.line = 'off'
    },
  }
}
