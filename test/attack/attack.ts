import type { Crowd } from './crowd.ts'

/** One way in which strangers harm a server, and what a household may notice of it. */
export interface Attack {
  /** What they do, for the report. */
  readonly what: string
  /** What the strangers do, in a process of their own, until `crowd.isOver`. */
  readonly strangers: (crowd: Crowd) => Promise<void>
  /** Fills the database before the server starts. */
  readonly prepare?: (databasePath: string) => Promise<void>
  /** Environment variables of the server. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Whether the server may refuse the household: with a 503 within 2 s, or in any way, so that it only has to
   * survive. Afterwards it must serve the household within 5 s.
   */
  readonly mayRefuse?: 'within 2 s' | 'in any way'
  /** Judged beside memory, per minute of the attack. */
  readonly maxGrowth?: { readonly logMb: number; readonly databaseMb: number }
}
