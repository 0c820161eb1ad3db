import { spawn } from 'node:child_process'
import type { FromBridge, ToBridge } from '../../protocol/matter/messages.ts'

/** The last of what a process complained about, characters. */
const COMPLAINT_LENGTH = 2_000

/**
 * A third of it is in use with a few thermostats, half of it with 64. Without a limit, a thousand changes in a few
 * seconds make the process twice as large for a while.
 */
const MEMORY = '--max-old-space-size=192 --max-semi-space-size=4'

/** A process of the Matter bridge. */
export interface BridgeProcess {
  send(message: ToBridge): void
  /** Ends it at once. */
  kill(): void
}

export interface BridgeProcessEvents {
  message(message: FromBridge): void
  /** The process is gone, or could not be started; called once. */
  ended(reason: string): void
}

/** Starts a process of the Matter bridge. */
export type LaunchBridge = (events: BridgeProcessEvents) => BridgeProcess

/**
 * Starts this program again as the Matter bridge. Nothing secret is in its arguments or its environment, which
 * others on this machine may read.
 *
 * @param file - the executable, and its arguments
 */
export function launchBridge([file = '', ...args]: readonly string[]): LaunchBridge {
  return (events) => {
    // Not `ignore`, which needs /dev/null: a bare container has none.
    const child = spawn(file, args, {
      env: { NODE_OPTIONS: MEMORY },
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    })
    child.stdout?.resume()
    let complaint = ''
    let hasEnded = false
    const ended = (reason: string): void => {
      if (hasEnded) return
      hasEnded = true
      events.ended(reason)
    }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-COMPLAINT_LENGTH)
    })
    child.on('message', (message) => events.message(message as FromBridge))
    child.on('error', (error) => ended(error.message))
    child.on('close', (code, signal) => ended(reasonOf(complaint, code, signal)))
    return {
      // A process that is ending does not listen any more.
      send: (message) => void (child.connected && child.send(message, () => {})),
      kill: () => void child.kill('SIGKILL'),
    }
  }
}

/** The error that it complained about last, else how it ended. */
function reasonOf(complaint: string, code: number | null, signal: string | null): string {
  const error = complaint.split('\n').findLast((line) => /^\w*Error\b/.test(line))
  if (error !== undefined) return error.replace(/^\w*Error: /, '').trim()
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`
}
