import type { Readable, Writable } from 'node:stream'
import type { FoundServer } from '../../server/lan/find-servers.ts'

/**
 * The process as a verb sees it: streams, environment, clock. The program passes the process's own; a
 * test passes buffers.
 */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** Standard input and output are both a terminal; else no question is asked. */
  readonly interactive: boolean
  /** Colour on standard output: a terminal, and neither NO_COLOR nor --no-color. */
  readonly color: boolean
  /** Columns of the terminal on standard output; infinite where there is none. */
  readonly columns: number
  /** Columns of the terminal on standard error; infinite where there is none. */
  readonly errorColumns: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** How a person starts nle here, where that is not `nle`; printing puts it into every hint. */
  readonly ownCommand?: string | undefined
  /** Wall clock, ms since epoch. */
  nowMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when `stop` fires first. */
  sleep(ms: number): Promise<void>
  /** Servers that announce themselves in the local network; takes a moment. */
  serversNearby(): Promise<readonly FoundServer[]>
  /** Fires when the person presses Ctrl-C or the process is told to end. */
  readonly stop: AbortSignal
  /** What the process is to end with, when nothing fails; 0 unless a verb sets it. */
  exitCode?: number
}
