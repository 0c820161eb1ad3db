import { setTimeout as wait } from 'node:timers/promises'
import { ERROR_CODES } from '../../errors.ts'
import type { Io } from './io.ts'

/** The process's own world. Ctrl-C and SIGTERM ask a command to end; a second one ends it. */
export function processIo(): Io {
  const stop = new AbortController()
  const asked = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort()
  }
  process.on('SIGINT', asked)
  process.on('SIGTERM', asked)
  // A reader that goes away early (`nle devices | head -1`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    outputFailed(error)
  })
  // Both may lead to files on a disk that is full: who serves goes on without a log.
  process.stderr.on('error', () => {})
  const { stdin, stdout, stderr, env } = process
  const plain =
    (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || process.argv.includes('--no-color')
  return {
    stdin,
    stdout,
    stderr,
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    color: stdout.isTTY === true && !plain,
    columns: columnsOf(stdout),
    errorColumns: columnsOf(stderr),
    env,
    nowMs: () => Date.now(),
    sleep: (ms) => wait(ms, undefined, { signal: stop.signal }),
    stop: stop.signal,
  }
}

let hasFailed = false

/** Says once that the output is lost. What runs goes on: a full disk under its log ends no server. */
function outputFailed({ message }: Error): void {
  if (hasFailed) return
  hasFailed = true
  process.stderr.write(`nle: The output cannot be written: ${message}.\n`)
  process.once('exit', () => {
    process.exitCode ||= ERROR_CODES.internal.exit
  })
}

const USUAL_COLUMNS = 80

/** The width of a terminal; without end for what is none. One that does not know its own says 0. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  if (columns === undefined) return Number.POSITIVE_INFINITY
  return columns > 0 ? columns : USUAL_COLUMNS
}
