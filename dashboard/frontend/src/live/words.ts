// The transcript of one call: stored words, and partials that their final word replaces.
import type { Words } from '@/api/types'

/** Return the transcript with `heard` in it. A partial never replaces a final of the same utterance. */
export function withWords(transcript: readonly Words[], heard: Words): Words[] {
  const at = transcript.findIndex((words) => words.utterance === heard.utterance)
  if (at === -1) return ordered([...transcript, heard])
  if (transcript[at]!.final && !heard.final) return transcript as Words[]
  return ordered(transcript.map((words, index) => (index === at ? heard : words)))
}

/** Return what a snapshot says, with the partials and later finals that are only known from pushes. */
export function healed(snapshot: readonly Words[], transcript: readonly Words[]): Words[] {
  return transcript.reduce<Words[]>(
    (sofar, words) => (sofar.some((known) => known.utterance === words.utterance) ? sofar : withWords(sofar, words)),
    ordered([...snapshot]),
  )
}

function ordered(words: Words[]): Words[] {
  return words.sort((a, b) => a.at_ms - b.at_ms)
}
