/** The rules a thermostat can see broken; labels as in docs/protocol.md (`§6`, `§7`: sections). */
export type RuleLabel =
  | 'I4'
  | 'E1'
  | 'E2'
  | 'P1'
  | 'P2'
  | 'P3'
  | 'P4'
  | 'P7'
  | 'P9'
  | 'P10'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S10'
  | 'U5'
  | 'U7'
  | 'D5'
  | 'D6'
  | '§6'
  | '§7'

/** One broken rule, as seen by one thermostat. */
export interface Violation {
  readonly rule: RuleLabel
  /** What was seen, in words for people. */
  readonly detail: string
  readonly atMs: number
  /**
   * True when only the arrival time shows it (late headers, a response not finished in time, two
   * schedules close together): on a network that delays or drops, the server may be innocent.
   */
  readonly timing: boolean
}
