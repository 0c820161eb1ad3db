import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import { NleError } from '../errors.ts'
import { isObject, type JsonObject } from '../protocol/bucket.ts'
import { jsonObjectIn } from '../protocol/input.ts'
import { programWith } from './own-command.ts'

/** Yields to the server and to everything else on a small machine. */
const LOW_PRIORITY = 10
/** A command that takes longer hangs: no household has a database of that size. */
const TIMEOUT_MS = 3_600_000

/**
 * Runs a command of nle in a process of its own, so that this one goes on serving.
 *
 * @param args - without `--json`
 * @param program - the program and its first arguments; by default as this process was started
 * @returns what it prints
 * @throws NleError `internal` with its message when it fails; it is killed once the signal fires
 */
export async function runOwn(
  args: readonly string[],
  signal: AbortSignal,
  program: readonly string[] = programWith(),
): Promise<JsonObject> {
  const [file = '', ...first] = program
  const child = spawn(file, [...first, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    killSignal: 'SIGKILL',
  })
  const exited = new Promise<string>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, killedBy) => resolve(String(killedBy ?? code)))
  })
  try {
    if (child.pid !== undefined) setPriority(child.pid, LOW_PRIORITY)
  } catch {
    // It has ended already, or the system does not allow it.
  }
  const [printed, ended] = await Promise.all([text(child.stdout), exited])
  const answer = jsonObjectIn(printed)
  if (ended === '0' && answer !== undefined) return answer
  const error = isObject(answer?.error) ? answer.error.message : undefined
  const message = typeof error === 'string' ? error : `"nle ${args[0]}" ended with ${ended}.`
  throw new NleError('internal', message)
}
