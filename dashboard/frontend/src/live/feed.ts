// The live feed: one socket for the page, its events, its health, and the snapshots that heal it.
import { io, type Socket } from 'socket.io-client'
import { reactive, readonly } from 'vue'

import type { BoardEvent, CallCard, CaseCard, DraftNews, Seat, Words } from '@/api/types'

import { healthAt, type Health } from './health'

export interface Pushes {
  beat: { at: string }
  seat: Seat
  'call.card': CallCard
  'call.words': Words
  draft: DraftNews
  'case.card': CaseCard
  'board.event': BoardEvent
}

type Listener<E extends keyof Pushes> = (payload: Pushes[E]) => void
type Stop = () => void

/** What the feed needs of a socket, so that tests can drive it without a network. */
export type Wire = Pick<Socket, 'on' | 'off' | 'emit' | 'connect' | 'disconnect' | 'connected'>

export interface Feed {
  readonly health: Readonly<Health>
  /** Hear a push until the returned function is called. */
  on<E extends keyof Pushes>(event: E, listener: Listener<E>): Stop
  /** Run `take` now, after every (re)connect and every 30 s, until the returned function is called. */
  heal(take: () => Promise<void>): Stop
  /** Ask to hear a call's words and draft, now and after every reconnect. */
  follow(callId: number): Stop
  close(): void
}

export const SNAPSHOT_EVERY_MS = 30_000
const LOOK_EVERY_MS = 1_000
const ASK_AGAIN_MS = 1_500

/** Return the live feed over `wire`; it connects at once and for ever tries again. */
export function openFeed(wire: Wire, clock: () => number = Date.now): Feed {
  const health = reactive<Health>({ state: 'offline', behind_s: 0 })
  const healers = new Set<() => Promise<void>>()
  const followed = new Set<number>()
  let heard_ms = clock()

  const look = () => Object.assign(health, healthAt(clock(), heard_ms, wire.connected))
  const hear = () => {
    heard_ms = clock()
    look()
  }
  const healAll = () => healers.forEach((take) => void take().catch(() => undefined))
  const ask = (callId: number) => {
    if (!followed.has(callId) || !wire.connected) return
    wire.emit('follow_call', { call_id: callId }, (answer?: { ok: boolean }) => {
      // The seat may be told of its call a moment before the feed's process can see it.
      if (!answer?.ok) setTimeout(() => ask(callId), ASK_AGAIN_MS)
    })
  }
  const onConnect = () => {
    followed.forEach(ask)
    hear()
    healAll()
  }

  wire.on('connect', onConnect)
  wire.on('disconnect', look)
  wire.on('beat', hear)
  const looking = setInterval(look, LOOK_EVERY_MS)
  const healing = setInterval(healAll, SNAPSHOT_EVERY_MS)
  wire.connect()

  return {
    health: readonly(health),
    on(event, listener) {
      const heard = (payload: Pushes[typeof event]) => {
        hear()
        listener(payload)
      }
      wire.on(event as string, heard)
      return () => void wire.off(event as string, heard)
    },
    heal(take) {
      healers.add(take)
      void take().catch(() => undefined)
      return () => void healers.delete(take)
    },
    follow(callId) {
      followed.add(callId)
      ask(callId)
      return () => void followed.delete(callId)
    },
    close() {
      clearInterval(looking)
      clearInterval(healing)
      wire.disconnect()
    },
  }
}

/** Return a socket to this centre, not yet connected. Long polling is off: one process per page, one way. */
export function openWire(): Wire {
  return io('/live', { transports: ['websocket'], autoConnect: false, reconnectionDelayMax: 3_000 })
}
