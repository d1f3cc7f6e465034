// One open case: what is known, what others change meanwhile, and the actions.
import { ref, shallowRef, watch, type Ref } from 'vue'

import { asProblem, Attempts, cases, type ActionBody, type ActionName, type ApiProblem, type CaseDetail, type DraftForm } from '@/api'
import { useLive, useSnapshot } from '@/live'

import { forget, hasTyped } from './typed'

export function useCase(caseNo: Ref<string>, acted: (detail: CaseDetail, action: ActionName) => void) {
  const detail = shallowRef<CaseDetail | null>(null)
  /** A newer state that somebody else has made while this person was typing. */
  const incoming = shallowRef<CaseDetail | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  /** Which action the centre refused last; its form shows why. */
  const refused = ref<ActionName | null>(null)
  const busy = ref(false)
  const attempts = new Attempts()

  async function open(): Promise<void> {
    detail.value = null
    incoming.value = null
    problem.value = null
    refused.value = null
    await look().catch((thrown: unknown) => (problem.value = asProblem(thrown)))
  }

  /** Ask for the case; a newer one replaces what is shown, unless something is being typed about it. */
  async function look(): Promise<void> {
    const asked = caseNo.value
    const fresh = await cases.one(asked)
    if (asked !== caseNo.value) return
    const shown = detail.value
    if (shown && shown.card.version > fresh.card.version) return
    if (shown && fresh.card.version > shown.card.version && hasTyped(asked)) incoming.value = fresh
    else detail.value = fresh
  }

  function takeIncoming(): void {
    detail.value = incoming.value ?? detail.value
    incoming.value = null
    problem.value = null
  }

  /** Act on the case as it is shown; says whether it was done. `sent` are the typed fields that went with it. */
  async function act(action: ActionName, body: Partial<ActionBody> = {}, sent: string[] = [action]): Promise<boolean> {
    if (!detail.value || busy.value) return false
    busy.value = true
    problem.value = null
    refused.value = null
    let shown = detail.value
    let attempt: unknown = null
    try {
      if (action === 'accept' && body.form) shown = await fill(shown, body.form)
      const sending = { version: shown.card.version, ...body, form: action === 'accept' ? null : (body.form ?? null) }
      attempt = [shown.card.case_no, action, sending]
      const after = await cases.act(shown.card.case_no, action, sending, attempts.keyFor(attempt))
      attempts.answered(attempt)
      forget(shown.card.case_no, sent)
      if (after.card.case_no === caseNo.value) detail.value = after
      incoming.value = null
      acted(after, action)
      return true
    } catch (thrown) {
      problem.value = asProblem(thrown)
      refused.value = action
      if (!problem.value.unanswered) attempts.answered(attempt)
      if (problem.value.refused) await showWhatChanged(shown)
      return false
    } finally {
      busy.value = false
    }
  }

  /** Write what a matter lacks before it is accepted; from then on the case is another version. */
  async function fill(shown: CaseDetail, form: DraftForm): Promise<CaseDetail> {
    await cases.fill(shown.card.case_no, shown.card.version, form)
    const fresh = await cases.one(shown.card.case_no)
    if (fresh.card.case_no === caseNo.value) detail.value = fresh
    return fresh
  }

  async function showWhatChanged(shown: CaseDetail): Promise<void> {
    const fresh = await cases.one(shown.card.case_no).catch(() => null)
    if (fresh && fresh.card.version > shown.card.version && fresh.card.case_no === caseNo.value) incoming.value = fresh
  }

  useLive('case.card', (card) => {
    const shown = detail.value?.card
    const known = Math.max(shown?.version ?? 0, incoming.value?.card.version ?? 0)
    if (busy.value || card.case_no !== caseNo.value || card.version <= known) return
    void look().catch(() => undefined)
  })
  useSnapshot(async () => {
    if (detail.value && !busy.value) await look()
  })
  watch(caseNo, () => void open(), { immediate: true })

  return { detail, incoming, problem, refused, busy, open, act, takeIncoming }
}
