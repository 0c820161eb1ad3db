import { setTimeout as wait } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { ERROR_CODES } from '../../errors.ts'
import { ownCommand } from '../own-command.ts'
import type { Io } from './io.ts'

/** The process's own streams. The first Ctrl-C or SIGTERM fires `stop`, the second exits. */
export function processIo(): Io {
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // A reader that closes early (`nle devices | head -1`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    reportLostOutput(error)
  })
  // Both streams may be files on a full disk: the server then runs on without a log.
  process.stderr.on('error', () => {})
  const { stdout, stderr, env } = process
  const noColor =
    (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || process.argv.includes('--no-color')
  const sleep: Io['sleep'] = (ms) => wait(ms, undefined, { signal: stop.signal })
  return {
    // Opened by who reads it: a server does not.
    get stdin() {
      return process.stdin
    },
    stdout,
    stderr,
    interactive: isatty(0) && isatty(1),
    color: stdout.isTTY === true && !noColor,
    columns: columnsOf(stdout),
    errorColumns: columnsOf(stderr),
    env,
    ownCommand: ownCommand(),
    nowMs: () => Date.now(),
    sleep,
    serversNearby: () => serversNearby(sleep),
    stop: stop.signal,
  }
}

let hasFailed = false

/** Reports lost output once and goes on: a full disk under its log must not end the server. */
function reportLostOutput({ message }: Error): void {
  if (hasFailed) return
  hasFailed = true
  process.stderr.write(`nle: The output cannot be written: ${message}.\n`)
  process.once('exit', () => {
    process.exitCode ||= ERROR_CODES.internal.exit
  })
}

/** How long a command without a server on this machine looks for one in the network. */
const LOOK_AROUND_MS = 1_500

async function serversNearby(sleep: Io['sleep']) {
  const [{ findServers }, { systemClock }] = await Promise.all([
    import('../../server/lan/find-servers.ts'),
    import('../../server/core/clock.ts'),
  ])
  return findServers(systemClock(), () => sleep(LOOK_AROUND_MS))
}

const USUAL_COLUMNS = 80

/** The width of a stream: infinite when it is no terminal; 80 when the terminal reports 0. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  if (columns === undefined) return Number.POSITIVE_INFINITY
  return columns > 0 ? columns : USUAL_COLUMNS
}
