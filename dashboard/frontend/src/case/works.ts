// What may be done with a case, as a person thinks of it: a few likely works first, all others by group.
import type { ActionName, AllowedAction } from '@/api/types'

export type Form = 'generic' | 'finish' | 'accept' | 'dispatch' | 'ruling' | 'reply' | 'review'
export type Group = 'handle' | 'review' | 'supervise' | 'other'

export interface Work {
  id: string
  form: Form
  group: Group
  /** The single key that begins it while it is one of the likely ones. */
  key: string | null
  /** The actions that the work's form decides between. */
  actions: readonly AllowedAction[]
}

/** Actions that are one decision, and so one form. The first that is allowed gives the work its name. */
const TOGETHER: Partial<Record<ActionName, Form>> = {
  register: 'finish',
  discard: 'finish',
  accept: 'accept',
  dispatch: 'dispatch',
  grant_return: 'ruling',
  refuse_return: 'ruling',
  reply: 'reply',
  pass: 'review',
  close: 'review',
  send_back: 'review',
}

const GROUPS: Partial<Record<ActionName, Group>> = {
  grant_return: 'review',
  refuse_return: 'review',
  confer: 'review',
  opine: 'review',
  rule: 'review',
  grant_extension: 'review',
  refuse_extension: 'review',
  enter_ledger: 'review',
  refuse_ledger: 'review',
  pass: 'review',
  close: 'review',
  send_back: 'review',
  rate: 'review',
  missed: 'review',
  redo: 'review',
  close_unrated: 'review',
  reopen: 'review',
  vote_finding: 'review',
  rule_appeal: 'review',
  look_back: 'review',
  urge: 'supervise',
  supervise: 'supervise',
  answer_supervision: 'supervise',
  exclude: 'supervise',
  include: 'supervise',
  appeal: 'supervise',
  ask_finding: 'supervise',
  note: 'other',
  set_secrecy: 'other',
  recuse: 'other',
  withdraw: 'other',
  merge: 'other',
  unmerge: 'other',
  split: 'other',
  recall: 'other',
  transfer: 'other',
}
export const GROUP_ORDER: readonly Group[] = ['handle', 'review', 'supervise', 'other']

/** What a person most likely came for, first; what is not named here is never among the likely ones. */
const LIKELY: readonly ActionName[] = [
  'register',
  'accept',
  'dispatch',
  'sign',
  'answer_supervision',
  'rule',
  'grant_return',
  'reply',
  'opine',
  'pass',
  'close',
  'rate',
  'redo',
  'missed',
  'close_unrated',
  'grant_extension',
  'enter_ledger',
  'vote_finding',
  'rule_appeal',
  'return',
  'ask_facts',
  'answer',
  'supply',
  'object',
  'delegate',
  'gather',
  'resume',
  'contact',
  'refuse_extension',
  'refuse_ledger',
  'supervise',
  'confer',
  'merge',
  'ask_extension',
  'unmerge',
  'appeal',
  'look_back',
  'reopen',
  'propose_rejection',
  'reject',
]
export const LIKELY_SHOWN = 3
/** From here on a work is likely, but nothing waits for it. */
const NOT_WAITED_FOR = LIKELY.indexOf('return')

/** Single keys; j, k, n, f and 1…9 belong to the list and the forms. */
const KEYS: Partial<Record<ActionName, string>> = {
  register: 'a',
  accept: 'a',
  dispatch: 'd',
  sign: 's',
  reply: 'r',
  answer_supervision: 'u',
  rule: 'u',
  grant_return: 'g',
  opine: 'o',
  pass: 'p',
  close: 'p',
  rate: 'r',
  redo: 'o',
  missed: 'm',
  close_unrated: 'u',
  grant_extension: 'g',
  refuse_extension: 'x',
  enter_ledger: 'l',
  refuse_ledger: 'x',
  vote_finding: 'v',
  rule_appeal: 'v',
  return: 'x',
  ask_facts: 'q',
  answer: 'w',
  supply: 'q',
  delegate: 'd',
  gather: 'g',
  resume: 'g',
  contact: 't',
  confer: 'h',
  merge: 'm',
  ask_extension: 'e',
  supervise: 'v',
  note: 'i',
}

/** Return the works that these actions allow, in the order in which the centre names them. */
export function worksOf(actions: readonly AllowedAction[]): Work[] {
  const drafting = actions.some(({ action }) => action === 'register')
  const works = new Map<string, AllowedAction[]>()
  for (const offered of actions) {
    const form = drafting && offered.action === 'answer' ? 'finish' : TOGETHER[offered.action]
    const id = `${form ?? offered.action}:${offered.order_no ?? ''}`
    works.set(id, [...(works.get(id) ?? []), offered])
  }
  return [...works].map(([id, together]) => workOf(id, together, drafting))
}

function workOf(id: string, actions: AllowedAction[], drafting: boolean): Work {
  const name = actions[0]!.action
  const form = drafting && name === 'answer' ? 'finish' : (TOGETHER[name] ?? 'generic')
  return { id, form, group: GROUPS[name] ?? 'handle', key: keyOf(actions), actions }
}

/** A decision has the key of the first of its actions that has one. */
function keyOf(actions: readonly AllowedAction[]): string | null {
  return actions.map(({ action }) => KEYS[action]).find((key) => key !== undefined) ?? null
}

const rank = (work: Work) => Math.min(...work.actions.map(({ action }) => (LIKELY.indexOf(action) + 1 || Infinity)))

/** Say whether the case waits for this work, so that its button may lead. */
export function leads(work: Work): boolean {
  return rank(work) <= NOT_WAITED_FOR
}

/** Return the works a person most likely came for; no two of them share a key. */
export function likelyOf(works: readonly Work[]): Work[] {
  const ranked = works.filter((work) => rank(work) < Infinity).sort((a, b) => rank(a) - rank(b))
  const taken = new Set<string>()
  return ranked.slice(0, LIKELY_SHOWN).map((work) => {
    const key = work.key && !taken.has(work.key) ? work.key : null
    if (key) taken.add(key)
    return { ...work, key }
  })
}

/** Return the other works by group, empty groups left out. */
export function othersOf(works: readonly Work[], likely: readonly Work[]): { group: Group; works: Work[] }[] {
  const shown = new Set(likely.map(({ id }) => id))
  return GROUP_ORDER.map((group) => ({
    group,
    works: works.filter((work) => work.group === group && !shown.has(work.id)),
  })).filter(({ works: found }) => found.length > 0)
}

/** Return the work whose form stands open from the start: the one that takes thought, when it is the likeliest. */
export function openFirst(likely: readonly Work[]): string | null {
  const first = likely[0]
  return first && first.form !== 'generic' ? first.id : null
}
