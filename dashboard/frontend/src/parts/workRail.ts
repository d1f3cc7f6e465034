// What the rail of a desk shows.
export interface RailLine {
  view: string
  name: string
  /** null: not counted. */
  count: number | null
  /** Counted only up to here; there are more. */
  more?: boolean
  /** What it means that there is something: wrong, pressing, or just work. */
  tone: 'bad' | 'warn' | 'calm'
}

export interface RailGroup {
  name: string
  lines: readonly RailLine[]
}
