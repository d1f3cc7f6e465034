import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ApiProblem } from '@/api/problem'
import type { Draft, DraftForm, DraftNews, Suggestion } from '@/api/types'

import { openDraft, RETRY_AFTER_MS, SAVE_AFTER_MS, type Shelf } from './draft'
import { shown, type Typed } from './fields'

const EMPTY: DraftForm = {
  kind: null, title: null, content: null, demand: null, category_code: null, area_code: null, place: null,
  happened: null, urgency: null, people_affected: null, unit_code: null, caller_name: null, contact_phone: null,
  secrecy: 'open', answer: null,
}
const SUGGESTION: Suggestion = {
  revision: 1,
  made_at: '2026-01-05T01:00:00Z',
  kind: { value: 'complaint', share: 0.9, reason: '吵' },
  title: { value: '夜间施工噪声', share: 0.8, reason: '' },
  categories: [{ code: '0901', name: '噪声', share: 0.7, words: ['施工'] }],
  place: null,
  happened: null,
  urgency: { value: 'normal', share: 0.95, reason: '' },
  danger_words: [],
  demand: null,
  people_affected: null,
  units: [],
  missing: ['时间'],
}

function aDraft(version: number, form: Typed = {}, suggestion: Suggestion | null = null): Draft {
  const touched = Object.keys(form)
  return { case_no: 'C1', call_id: 1, version, state: 'draft', form: { ...EMPTY, ...form }, touched, suggestion, seal: 's1' }
}

/** A push of that draft: without person and place. */
function pushOf({ form, suggestion, ...rest }: Draft): DraftNews {
  const { contact_phone: _phone, caller_name: _name, place: _place, ...left } = form
  const { place: _guess, ...guesses } = suggestion ?? SUGGESTION
  return { ...rest, form: left, suggestion: suggestion && guesses }
}

function shelf(): Shelf & { kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  }
}

/** A centre that keeps what is saved, and refuses as long as it is told to. */
function centre() {
  const saved: Typed[] = []
  let form: Typed = {}
  const it = {
    saved,
    away: false,
    save: async (change: Typed) => {
      if (it.away) throw new ApiProblem(0, 'unreachable', '')
      saved.push(change)
      form = { ...form, ...change }
      return aDraft(saved.length + 1, form)
    },
  }
  return it
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a draft', () => {
  it('is saved once after typing has paused, with only what was typed', async () => {
    const there = centre()
    const draft = openDraft(1, there.save, shelf())
    draft.take(aDraft(1))
    draft.type({ title: '夜' })
    draft.type({ title: '夜间' })
    expect(draft.state.saving).toBe('typing')
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS)
    expect(there.saved).toEqual([{ title: '夜间' }])
    expect(draft.state.saving).toBe('saved')
    expect(shown(draft.state.draft, draft.state.typed, 'title').value).toBe('夜间')
  })

  it('keeps what is typed while the centre is away, and saves it when it is back', async () => {
    const there = centre()
    const draft = openDraft(1, there.save, shelf())
    there.away = true
    draft.type({ title: '夜间' })
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS)
    expect(draft.state.saving).toBe('failed')
    expect(draft.state.typed).toEqual({ title: '夜间' })
    there.away = false
    await vi.advanceTimersByTimeAsync(RETRY_AFTER_MS)
    expect(there.saved).toEqual([{ title: '夜间' }])
  })

  it('survives a reload: an unsaved word is on the shelf, and the next page saves it', async () => {
    const [there, kept] = [centre(), shelf()]
    const before = openDraft(7, there.save, kept)
    before.type({ title: '没存上' })
    before.close()
    const after = openDraft(7, there.save, kept)
    expect(shown(null, after.state.typed, 'title').value).toBe('没存上')
    await vi.advanceTimersByTimeAsync(0)
    expect(there.saved).toEqual([{ title: '没存上' }])
    expect(kept.kept.size).toBe(0)
  })

  it('does not lose what is typed while a save is on its way', async () => {
    const there = centre()
    let release = () => {}
    const slow = (change: Typed) => new Promise<Draft>((done) => (release = () => done(there.save(change))))
    const draft = openDraft(1, slow, shelf())
    draft.type({ title: '一' })
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS)
    draft.type({ title: '一二' })
    release()
    await vi.advanceTimersByTimeAsync(0)
    expect(draft.state.typed).toEqual({ title: '一二' })
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS)
    release()
    await vi.advanceTimersByTimeAsync(0)
    expect(there.saved).toEqual([{ title: '一' }, { title: '一二' }])
  })

  it('does not let a push move a field under the hand, nor an old push turn back a new one', () => {
    const draft = openDraft(1, centre().save, shelf())
    draft.type({ title: '我写的' })
    draft.take(aDraft(5, { title: '别人写的' }))
    draft.take(aDraft(4, { title: '旧的' }))
    expect(shown(draft.state.draft, draft.state.typed, 'title').value).toBe('我写的')
    expect(draft.state.draft?.version).toBe(5)
  })

  it('keeps person and place when a push leaves them out, and asks only when they have changed', () => {
    const draft = openDraft(1, centre().save, shelf())
    const place = { raw: '湖滨', name: '湖滨菜市场', area: null, share: 0.9, reason: '' }
    draft.take(aDraft(1, { caller_name: '王', place: '湖滨' }, { ...SUGGESTION, place }))
    expect(draft.hear(pushOf(aDraft(2, { title: '新' }, SUGGESTION)))).toBe(false)
    expect(draft.state.draft).toMatchObject({ version: 2, form: { title: '新', caller_name: '王', place: '湖滨' } })
    expect(draft.state.draft?.suggestion?.place).toEqual(place)
    expect(draft.hear({ ...pushOf(aDraft(3)), seal: 's2' })).toBe(true)
    expect(draft.state.draft?.form.place).toBe('湖滨')
    // The answer has the version that the push had already told, and completes it.
    draft.take({ ...aDraft(3, { place: '别处' }), seal: 's2' })
    expect(draft.state.draft?.form.place).toBe('别处')
    draft.take(aDraft(2, { place: '湖滨' }))
    expect(draft.state.draft?.form.place).toBe('别处')
  })

  it('asks for the whole draft when the first news of it is a push', () => {
    const draft = openDraft(1, centre().save, shelf())
    expect(draft.hear(pushOf(aDraft(1)))).toBe(true)
    expect(draft.state.draft).toBeNull()
  })

  it('confirms the words in sight when the case is saved, but not category and unit', async () => {
    const there = centre()
    const draft = openDraft(1, there.save, shelf())
    draft.take(aDraft(1, {}, SUGGESTION))
    draft.type({ kind: 'help' })
    await draft.confirmAll()
    expect(there.saved).toEqual([{ kind: 'help', title: '夜间施工噪声', urgency: 'normal' }])
  })

  it('tells that saving was refused when it must be sure', async () => {
    const there = centre()
    there.away = true
    const draft = openDraft(1, there.save, shelf())
    draft.type({ title: '夜间' })
    await expect(draft.flush()).rejects.toBeInstanceOf(ApiProblem)
    draft.close()
  })
})

describe('a field', () => {
  it('shows a suggestion as a guess until a person has touched it', () => {
    expect(shown(aDraft(1, {}, SUGGESTION), {}, 'title')).toMatchObject({ value: '夜间施工噪声', guess: { share: 0.8 } })
    expect(shown(aDraft(1, { title: '我的' }, SUGGESTION), {}, 'title')).toEqual({ value: '我的', guess: null })
    expect(shown(aDraft(1, {}, SUGGESTION), {}, 'category_code').value).toBe('0901')
    expect(shown(aDraft(1, { title: null }, SUGGESTION), {}, 'title')).toEqual({ value: null, guess: null })
  })

  it('stays empty where the best matter is most likely wrong', () => {
    const unsure = { ...SUGGESTION, categories: [{ ...SUGGESTION.categories[0]!, share: 0.06 }] }
    expect(shown(aDraft(1, {}, unsure), {}, 'category_code')).toEqual({ value: null, guess: null })
  })
})
