// The evidence of a reply and what does not fit, asked for when a reply is reviewed.
import { computed, ref, shallowRef, watch } from 'vue'

import { asProblem, evidence, type CaseDetail, type Evidence } from '@/api'
import { callbacks, type Doubt } from '@/api/callbacks'
import { holds } from '@/session'

import { noticedIn } from './noticed'

export function useNoticed(detail: () => CaseDetail) {
  const all = shallowRef<readonly Evidence[]>([])
  const doubts = shallowRef<readonly Doubt[]>([])
  /** Nothing is noticed before everything is known. */
  const known = ref(false)
  const problem = ref('')

  async function look(): Promise<void> {
    const asked = detail().card.case_no
    known.value = false
    problem.value = ''
    try {
      const [files, sheet] = await Promise.all([
        evidence.list(asked),
        holds('callback', 'reviewer', 'supervisor') ? callbacks.sheet(asked) : null,
      ])
      if (asked !== detail().card.case_no) return
      all.value = files.items
      doubts.value = sheet?.contradictions ?? []
      known.value = true
    } catch (thrown) {
      problem.value = asProblem(thrown).message
    }
  }

  const leads = computed(() => detail().orders.filter((order) => order.part === 'lead'))
  const lead = computed(() => leads.value.at(-1) ?? null)
  const files = computed(() => {
    const named = new Set(lead.value?.record?.evidence_ids ?? [])
    const mine = all.value.filter((file) => !file.withdrawn_at && file.order_no !== null)
    return mine.filter((file) => named.has(file.evidence_id) || file.order_no === lead.value?.order_no)
  })
  const noticed = computed(() =>
    known.value
      ? noticedIn({
          record: lead.value?.record ?? null,
          told: detail().reply ?? '',
          before: leads.value.slice(0, -1).map((order) => order.record?.text ?? ''),
          files: files.value,
          doubts: doubts.value,
        })
      : [],
  )

  watch([() => detail().card.case_no, () => detail().card.version], look, { immediate: true })
  return { files, noticed, known, problem, look }
}
