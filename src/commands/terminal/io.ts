import type { Readable, Writable } from 'node:stream'

/**
 * What a command may touch of the world around it. The program passes the process's own; a test
 * passes buffers. `interactive` is true only when both ends are a terminal: without it nothing is
 * ever asked.
 */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly interactive: boolean
  /** Colour on standard output: a terminal, and neither NO_COLOR nor --no-color. */
  readonly color: boolean
  /** Width of the terminal in columns; without end where there is none. */
  readonly columns: number
  /** The same of standard error. */
  readonly errorColumns: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Wall clock, ms since epoch. */
  nowMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when `stop` fires first. */
  sleep(ms: number): Promise<void>
  /** Fires when the person presses Ctrl-C or the process is told to end. */
  readonly stop: AbortSignal
}
