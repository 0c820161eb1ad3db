import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { jsonObjectIn } from '../../protocol/input.ts'
import { dataIn } from '../../protocol/supervisor/supervisor-answers.ts'
import type { Clock } from '../core/clock.ts'
import { limitedText } from '../http/limited-text.ts'

/** For the whole of a question: name, connection and answer. */
const TIMEOUT_MS = 10_000
/** What it says of an add-on has some 10 kB. */
const MAX_ANSWER_BYTES = 512 * 1024

/** The supervisor of Home Assistant, as it is for every add-on. */
export interface Supervisor {
  readonly url: string
  /** With which an add-on shows that it is one. */
  readonly token: string
  /** From where the supervisor connects to the ingress listener of an add-on. */
  readonly address: string
}

/** The supervisor that has started this process. Name and address are the same in every installation. */
export function supervisorWith(token: string): Supervisor {
  return { url: 'http://supervisor', token, address: '172.30.32.2' }
}

/**
 * Asks the supervisor's API; resolves to the data of its answer.
 *
 * @throws NleError `not_found` when it has no such thing, `unreachable` when it does not answer as it should
 */
export async function askSupervisor(
  { url, token }: Supervisor,
  path: string,
  clock: Clock,
  stopping: AbortSignal,
): Promise<JsonObject> {
  // Loaded here, as only an add-on asks.
  const { request } = await import('undici')
  const tooLate = new AbortController()
  const timer = clock.setTimer(TIMEOUT_MS, () =>
    tooLate.abort(new Error(`it did not answer within ${TIMEOUT_MS / 1000} seconds`)),
  )
  try {
    const { statusCode, body } = await request(url + path, {
      signal: AbortSignal.any([tooLate.signal, stopping]),
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
    })
    const answer = jsonObjectIn(await limitedText(body, MAX_ANSWER_BYTES))
    const data = dataIn(answer)
    if (data !== undefined) return data
    const said = typeof answer?.message === 'string' ? `: ${answer.message}` : ''
    const code = statusCode === 400 || statusCode === 404 ? 'not_found' : 'unreachable'
    throw new NleError(code, `the supervisor answered ${statusCode}${said}`)
  } catch (error) {
    if (error instanceof NleError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new NleError('unreachable', `the supervisor cannot be asked: ${why}`, { cause: error })
  } finally {
    clock.clearTimer(timer)
  }
}
