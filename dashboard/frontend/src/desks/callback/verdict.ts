// What the answers come to: closed, done again, or not yet to be said. The centre's rules, said before they refuse.
import type { ActionBody, ActionName } from '@/api/types'

export interface Answers {
  contacted: boolean | null
  truth: 'true' | 'partly' | 'untrue' | null
  solved: 'solved' | 'partly' | 'unsolved' | null
  /** 5 = very satisfied */
  grade: number | null
  reasonable: boolean | null
  duty_done: boolean | null
  text: string
  /** Why it is done again, or closed although the citizen is not satisfied. */
  reason: string
}

export type Question = Exclude<keyof Answers, 'text'>
export type Ending = 'rate' | 'redo'

export interface Verdict {
  /** The questions that must still be answered. */
  lacking: readonly Question[]
  unhappy: boolean
  /** Which endings the rules allow with these answers; both, when somebody must choose. */
  endings: readonly Ending[]
}

export const NOTHING_SAID: Answers = {
  contacted: null,
  truth: null,
  solved: null,
  grade: null,
  reasonable: null,
  duty_done: null,
  text: '',
  reason: '',
}

export const SATISFIED_FROM = 3

/** Say whether the citizen is not satisfied, was not contacted, or sees the matter unsolved. */
export function isUnhappy(said: Answers): boolean {
  return (said.grade !== null && said.grade < SATISFIED_FROM) || said.contacted === false || said.solved === 'unsolved'
}

/** `offered` are the actions that the centre offers on this case; `found` says that a panel found it unreasonable. */
export function verdictOf(said: Answers, offered: readonly ActionName[], found = false): Verdict {
  const unhappy = isUnhappy(said)
  const always: Question[] = ['contacted', 'solved', 'grade']
  const asked = unhappy ? [...always, 'reasonable' as const, 'duty_done' as const] : always
  const open = asked.filter((question) => said[question] === null)
  const endings = open.length === 0 ? allowedEndings(said, offered, unhappy, found) : []
  const needsReason = unhappy && endings.length > 0 && !said.reason.trim()
  return { lacking: needsReason ? [...open, 'reason'] : open, unhappy, endings }
}

function allowedEndings(said: Answers, offered: readonly ActionName[], unhappy: boolean, found: boolean): Ending[] {
  // What the caller thinks of the demand and of the unit is kept; only the panel excuses, or that no redo is left.
  const mayRedo = offered.includes('redo') && unhappy
  const excused = found || !offered.includes('redo')
  const mayRate = offered.includes('rate') && ((said.grade ?? 0) >= SATISFIED_FROM || excused)
  return [...(mayRedo ? (['redo'] as const) : []), ...(mayRate ? (['rate'] as const) : [])]
}

/** Return what is sent; what was said of a citizen who is content leaves the questions of blame open. */
export function bodyOf(said: Answers, ending: Ending): Partial<ActionBody> {
  const unhappy = isUnhappy(said)
  const note = said.text.trim()
  const why = unhappy ? said.reason.trim() : ''
  return {
    via: 'phone',
    contacted: said.contacted,
    truth: said.truth,
    solved: said.solved,
    grade: said.grade,
    reasonable: unhappy ? said.reasonable : null,
    duty_done: unhappy ? said.duty_done : null,
    // Closing asks for no reason of its own: why it is excused stands in the note.
    text: (ending === 'rate' ? [why, note].filter(Boolean).join('\n') : note) || null,
    ...(ending === 'redo' ? { reason: why } : {}),
  }
}

/** Return the answer after `current` in its row; after the last comes none. */
export function turned<T>(choices: readonly T[], current: T | null): T | null {
  if (current === null) return choices[0] ?? null
  const at = choices.indexOf(current)
  return choices[at + 1] ?? null
}
