// Which marks of a case are shown, in the order of their weight.
import type { CaseCard } from '@/api/types'

export interface Mark {
  /** Key under `form.flag`, or under `form` itself when it counts something. */
  name: string
  n: number | null
  tone: 'bad' | 'warn' | 'accent' | 'calm'
}

const TONES: Record<string, Mark['tone']> = {
  relapse: 'bad',
  extension_open: 'warn',
  ledger_asked: 'warn',
  appeal_open: 'warn',
  finding_open: 'warn',
  incident: 'accent',
}
const WEIGHT: readonly Mark['tone'][] = ['bad', 'warn', 'accent', 'calm']
/** A level says more than the mere mark. */
const SAID_BY_COUNT: ReadonlySet<string> = new Set(['supervised'])

/** Return the marks of a case, the gravest first. */
export function marksOf(card: CaseCard): Mark[] {
  const counted: Mark[] = [
    { name: 'supervision', n: card.supervision_level, tone: card.flags.includes('supervised') ? 'bad' : 'calm' },
    { name: 'redone', n: card.redos, tone: 'warn' },
    { name: 'urged', n: card.urgings, tone: 'warn' },
    { name: 'merged', n: card.incident_size, tone: 'accent' },
  ]
  const flagged: Mark[] = card.flags
    .filter((name) => !(SAID_BY_COUNT.has(name) && card.supervision_level > 0))
    .map((name) => ({ name, n: null, tone: TONES[name] ?? 'calm' }))
  return [...counted.filter((mark) => mark.n! > 0), ...flagged].sort((a, b) => WEIGHT.indexOf(a.tone) - WEIGHT.indexOf(b.tone))
}
