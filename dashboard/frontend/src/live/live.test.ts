import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Words } from '@/api/types'

import { cardStore } from './cards'
import { openFeed, SNAPSHOT_EVERY_MS, type Wire } from './feed'
import { healthAt } from './health'
import { healed, withWords } from './words'

const card = (id: string, version: number) => ({ id, version })
const store = () => cardStore<string, { id: string; version: number }>((one) => one.id)

describe('a store of cards', () => {
  it('ignores a push that is older than, or the same as, what it knows', () => {
    const cards = store()
    expect(cards.push(card('a', 2))).toBe(true)
    expect(cards.push(card('a', 1))).toBe(false)
    expect(cards.push(card('a', 2))).toBe(false)
    expect(cards.get('a')?.version).toBe(2)
  })

  it('ends the same whatever the order and however often pushes come', () => {
    const [forth, back] = [store(), store()]
    const pushes = [card('a', 1), card('a', 2), card('a', 2), card('b', 5), card('a', 3)]
    pushes.forEach((push) => forth.push(push))
    ;[...pushes].reverse().forEach((push) => back.push(push))
    for (const id of ['a', 'b']) expect(forth.get(id)).toEqual(back.get(id))
  })

  it('drops what a snapshot lacks, but not what was pushed while it was on its way', async () => {
    const cards = store()
    cards.push(card('gone', 1))
    await cards.refresh(async () => {
      cards.push(card('young', 1))
      return [card('kept', 4)]
    })
    expect(cards.all.value.map((one) => one.id).sort()).toEqual(['kept', 'young'])
  })

  it('keeps a pushed card that is newer than the snapshot says', async () => {
    const cards = store()
    cards.push(card('a', 7))
    await cards.refresh(async () => [card('a', 6)])
    expect(cards.get('a')?.version).toBe(7)
  })
})

const said = (utterance: string, text: string, final: boolean, at_ms = 0): Words => ({
  call_id: 1,
  utterance,
  speaker: 'caller',
  text,
  final,
  at_ms,
})

describe('a transcript', () => {
  it('replaces a partial by its final, and never the other way', () => {
    const heard = [said('1', '锦绣', false), said('1', '锦绣花园', true), said('1', '锦绣花', false)]
    const transcript = heard.reduce(withWords, [] as Words[])
    expect(transcript.map((words) => words.text)).toEqual(['锦绣花园'])
  })

  it('is in the order of speaking, even when words come late', () => {
    const transcript = withWords([said('2', '后', true, 900)], said('1', '先', true, 100))
    expect(transcript.map((words) => words.text)).toEqual(['先', '后'])
  })

  it('keeps a partial that a snapshot does not have', () => {
    const transcript = healed([said('1', '完', true, 0)], [said('2', '正在', false, 50)])
    expect(transcript.map((words) => words.text)).toEqual(['完', '正在'])
  })
})

describe('the health of the feed', () => {
  it.each([
    [0, true, 'live', 0],
    [12_000, true, 'live', 0],
    [12_001, true, 'behind', 12],
    [20_000, true, 'behind', 20],
    [1_000, false, 'offline', 1],
  ] as const)('after %i ms of silence, connected %s, is %s by %i s', (silent_ms, connected, state, behind_s) => {
    expect(healthAt(100_000 + silent_ms, 100_000, connected)).toEqual({ state, behind_s })
  })
})

/** A wire that records what is sent and lets a test say what is heard. */
function recordingWire() {
  const listeners = new Map<string, Set<(payload?: unknown) => void>>()
  const sent: unknown[][] = []
  const wire = {
    connected: false,
    on: (event: string, listener: () => void) => void listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    off: (event: string, listener: () => void) => void listeners.get(event)?.delete(listener),
    emit: (...message: unknown[]) => void sent.push(message),
    connect: () => undefined,
    disconnect: () => undefined,
  }
  const hear = (event: string, payload?: unknown) => listeners.get(event)?.forEach((listener) => listener(payload))
  const join = (connected: boolean) => {
    wire.connected = connected
    hear(connected ? 'connect' : 'disconnect')
  }
  return { wire: wire as unknown as Wire, hear, join, sent }
}

describe('the feed', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('is offline, live, behind and offline again as the beats come and go', () => {
    const { wire, hear, join } = recordingWire()
    const feed = openFeed(wire)
    expect(feed.health.state).toBe('offline')
    join(true)
    expect(feed.health.state).toBe('live')
    vi.advanceTimersByTime(13_000)
    expect(feed.health).toEqual({ state: 'behind', behind_s: 13 })
    hear('beat', { at: '' })
    expect(feed.health.state).toBe('live')
    join(false)
    expect(feed.health.state).toBe('offline')
    feed.close()
  })

  it('takes a snapshot at once, after every reconnect and every thirty seconds', async () => {
    const { wire, join } = recordingWire()
    const feed = openFeed(wire)
    const take = vi.fn(async () => undefined)
    const stop = feed.heal(take)
    join(true)
    join(false)
    join(true)
    expect(take).toHaveBeenCalledTimes(3)
    vi.advanceTimersByTime(SNAPSHOT_EVERY_MS)
    expect(take).toHaveBeenCalledTimes(4)
    stop()
    vi.advanceTimersByTime(SNAPSHOT_EVERY_MS)
    expect(take).toHaveBeenCalledTimes(4)
    feed.close()
  })

  it('asks again for the call it follows after a reconnect, and no more once it stops', () => {
    const { wire, join, sent } = recordingWire()
    const feed = openFeed(wire)
    const stop = feed.follow(42)
    join(true)
    join(true)
    stop()
    join(true)
    expect(sent.map(([event, asked]) => [event, asked])).toEqual(Array(2).fill(['follow_call', { call_id: 42 }]))
    feed.close()
  })

  it('asks again when the centre does not yet let it follow', () => {
    const { wire, join, sent } = recordingWire()
    const feed = openFeed(wire)
    join(true)
    feed.follow(42)
    ;(sent[0]![2] as (answer: object) => void)({ ok: false })
    vi.advanceTimersByTime(2_000)
    expect(sent).toHaveLength(2)
    ;(sent[1]![2] as (answer: object) => void)({ ok: true })
    vi.advanceTimersByTime(10_000)
    expect(sent).toHaveLength(2)
    feed.close()
  })
})
