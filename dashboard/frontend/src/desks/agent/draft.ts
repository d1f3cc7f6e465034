// The draft of one call: saved as it is typed, one request at a time, and never lost on the way.
import { shallowReactive } from 'vue'

import type { Draft, DraftNews } from '@/api/types'

import { confirmedBySaving, type Typed } from './fields'

export const SAVE_AFTER_MS = 500
export const RETRY_AFTER_MS = 3_000

export type Saving = 'saved' | 'typing' | 'saving' | 'failed'

/** Where typed words survive a reload until the centre has them. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export interface DraftDesk {
  readonly state: Readonly<{ draft: Draft | null; typed: Typed; saving: Saving }>
  /** Take a snapshot or a push; an older one changes nothing, and what is being typed stays. */
  take(draft: Draft | null): void
  /**
   * Take a push, which names neither person nor place: those stay as they are known. Says whether they have changed,
   * so that the call must be asked for anew.
   */
  hear(news: DraftNews): boolean
  type(change: Typed): void
  /** Save what is typed now; resolves when the centre has all of it, rejects when it has refused. */
  flush(): Promise<void>
  /** Make the suggestions in sight the agent's own, and save. */
  confirmAll(): Promise<void>
  close(): void
}

/** Return the desk for the draft of `callId`; what an earlier page left unsaved is taken up again. */
export function openDraft(callId: number, save: (change: Typed) => Promise<Draft>, shelf: Shelf): DraftDesk {
  const shelfName = `draft-${callId}`
  const state = shallowReactive({ draft: null as Draft | null, typed: unshelved(shelf, shelfName), saving: 'saved' as Saving })
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | null = null

  const isTyped = () => Object.keys(state.typed).length > 0
  const later = (after_ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void flush().catch(() => undefined), after_ms)
  }
  const keep = (typed: Typed) => {
    state.typed = typed
    if (isTyped()) shelf.setItem(shelfName, JSON.stringify(typed))
    else shelf.removeItem(shelfName)
  }
  const take = (draft: Draft | null) => {
    const known = state.draft
    // A push of this version may have been merged with the person and place of an older one.
    const completes = known !== null && draft?.version === known.version && draft.seal !== known.seal
    if (draft && (!known || draft.version > known.version || completes)) state.draft = draft
  }
  const hear = (news: DraftNews): boolean => {
    const known = state.draft
    if (known && news.version <= known.version) return false
    if (known) state.draft = merged(known, news)
    return news.seal !== known?.seal
  }

  async function saveOnce(): Promise<void> {
    const sent = state.typed
    state.saving = 'saving'
    try {
      take(await save(sent))
    } catch (refusal) {
      state.saving = 'failed'
      later(RETRY_AFTER_MS)
      throw refusal
    }
    // What was typed while the request was on its way is still unsaved.
    keep(without(state.typed, sent))
    state.saving = isTyped() ? 'typing' : 'saved'
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    while (running) await running.catch(() => undefined)
    while (isTyped()) {
      running = saveOnce()
      try {
        await running
      } finally {
        running = null
      }
    }
  }

  if (isTyped()) later(0)

  return {
    state,
    take,
    hear,
    type(change) {
      keep({ ...state.typed, ...change })
      if (state.saving !== 'saving') state.saving = 'typing'
      later(SAVE_AFTER_MS)
    },
    flush,
    confirmAll() {
      keep({ ...confirmedBySaving(state.draft, state.typed), ...state.typed })
      return flush()
    },
    close: () => clearTimeout(timer),
  }
}

/** The known draft with what a push tells; its seal stays with the personal fields it belongs to. */
function merged(known: Draft, news: DraftNews): Draft {
  const { seal, form } = known
  const suggestion = news.suggestion && { ...news.suggestion, place: news.suggestion.place ?? known.suggestion?.place ?? null }
  return { ...news, seal, form: { ...form, ...news.form }, suggestion }
}

function without(typed: Typed, sent: Typed): Typed {
  return Object.fromEntries(
    Object.entries(typed).filter(([field, value]) => !(field in sent) || sent[field as keyof Typed] !== value),
  )
}

function unshelved(shelf: Shelf, name: string): Typed {
  const kept = shelf.getItem(name)
  return kept ? (JSON.parse(kept) as Typed) : {}
}
