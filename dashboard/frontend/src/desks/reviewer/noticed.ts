// What the machine notices about a reply, by the point of the checklist. Only what it can show; the reviewer decides.
import type { Evidence, HandlingRecord } from '@/api/types'
import type { Doubt } from '@/api/callbacks'

export interface Noticed {
  /** Code of the list `defect`. */
  defect: string
  /** Key under `review.noticed`. */
  what: string
  named: Record<string, string | number>
}

export interface Reply {
  record: HandlingRecord | null
  /** What was told to the citizen. */
  told: string
  /** Earlier replies to the same case. */
  before: readonly string[]
  /** Files that belong to the reply, withdrawn ones left out. */
  files: readonly Evidence[]
  doubts: readonly Doubt[]
}

// Phrases that say nothing about this matter; found in templates of replies everywhere.
const STOCK = ['高度重视', '加强巡查', '加大力度', '进一步加强', '感谢您的支持', '感谢您对我们工作', '敬请谅解', '已转相关部门']
// Words of a promise; without a date they bind nobody.
const SOON = ['尽快', '近期', '下一步', '择日', '待条件', '适时', '将会', '拟于']
const PHONE = /(?<!\d)1[3-9]\d{9}(?!\d)/
const IDENTITY = /(?<!\d)\d{17}[\dXx](?!\d)/

/** Return everything noticed, in the order of the checks. */
export function noticedIn(reply: Reply): Noticed[] {
  const text = [reply.record?.text ?? '', reply.told].filter(Boolean).join('\n')
  return [...contact(reply), ...answer(reply), ...template(reply, text), ...date(reply, text), ...proof(reply), ...fit(reply), ...privacy(text)]
}

const found = (defect: string, what: string, named: Noticed['named'] = {}): Noticed => ({ defect, what, named })

function contact({ record, doubts }: Reply): Noticed[] {
  return [
    ...(record?.contacted_at ? [] : [found('no_contact', 'noContact')]),
    ...(record?.contacted_at && !record.contact_mode ? [found('no_contact', 'noMode')] : []),
    ...(doubts.includes('not_contacted') ? [found('no_contact', 'deniedContact')] : []),
  ]
}

function answer({ record, told }: Reply): Noticed[] {
  const nothing = !told.trim() && !record?.public_reply?.trim()
  return nothing ? [found('not_answering', 'nothingTold')] : []
}

function template({ record, before }: Reply, text: string): Noticed[] {
  const phrases = STOCK.filter((phrase) => text.includes(phrase))
  const same = before.some((one) => one.trim() !== '' && one.trim() === (record?.text ?? '').trim())
  return [
    ...(same ? [found('template', 'sameAsBefore')] : []),
    ...(phrases.length ? [found('template', 'stock', { words: phrases.join('”“') })] : []),
  ]
}

function date({ record }: Reply, text: string): Noticed[] {
  if (!record || record.promise_on) return []
  const words = SOON.filter((word) => text.includes(word))
  if (words.length) return [found('no_date', 'soon', { words: words.join('”“') })]
  const open = record.solved === 'partly' || (record.solved === 'unsolved' && record.unsolved_reason === 'in_progress')
  return open ? [found('no_date', 'unsolvedNoDate')] : []
}

function proof({ files }: Reply): Noticed[] {
  return files.length ? [] : [found('no_evidence', 'noFiles')]
}

function fit({ files, doubts }: Reply): Noticed[] {
  const reused = files.filter((file) => file.reused)
  return [
    ...reused.map((file) => found('untrue', 'reused', { name: file.name, cases: file.reused_in.join('、') })),
    ...(doubts.includes('not_solved') ? [found('untrue', 'deniedSolved')] : []),
    ...(doubts.includes('relapse') ? [found('untrue', 'relapse')] : []),
  ]
}

function privacy(text: string): Noticed[] {
  return [
    ...(PHONE.test(text) ? [found('discloses', 'phone')] : []),
    ...(IDENTITY.test(text) ? [found('discloses', 'identity')] : []),
  ]
}

/** Return what was noticed about one point of the checklist. */
export function about(noticed: readonly Noticed[], defect: string): Noticed[] {
  return noticed.filter((one) => one.defect === defect)
}

/** Return the points that something was noticed about, each once. */
export function pointsOf(noticed: readonly Noticed[]): string[] {
  return [...new Set(noticed.map(({ defect }) => defect))]
}
