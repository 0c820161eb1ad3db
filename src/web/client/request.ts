import {
  type Answer,
  ENDPOINTS,
  type EndpointName,
  requestTarget,
  type Sent,
} from '../../api/endpoints.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'

/** The server refused a request, or was not reached. */
export class RequestError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Seconds after which it may be tried again, where the server says so. */
  readonly retryAfterS: number | undefined
  /** The body of the refusal. */
  readonly answer: JsonObject

  constructor(status: number, answer: JsonObject = {}, retryAfterS?: number) {
    super(typeof answer.message === 'string' ? answer.message : '')
    this.status = status
    this.answer = answer
    this.retryAfterS = retryAfterS
  }
}

/** Longer than the server may need for anything but the stream of events. */
const TIMEOUT_MS = 30_000

let unauthorized = (): void => {}

/** Has a function called whenever the server asks for another credential than the page has. */
export function whenUnauthorized(listener: () => void): void {
  unauthorized = listener
}

/**
 * Calls one endpoint of the control API.
 *
 * @throws RequestError with the server's words, or with status 0 when it is not reached
 */
export async function request<N extends EndpointName>(name: N, sent: Sent<N>): Promise<Answer<N>> {
  const { body } = sent as { readonly body?: unknown }
  let response: Response
  let answer: unknown
  try {
    response = await fetch(targetOf(name, sent), {
      method: ENDPOINTS[name].method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    answer = await response.json()
  } catch {
    throw new RequestError(0)
  }
  if (response.ok) return answer as Answer<N>
  if (response.status === 401 && name !== 'getSession') unauthorized()
  const wait = response.headers.get('Retry-After')
  throw new RequestError(
    response.status,
    isObject(answer) ? answer : {},
    wait === null ? undefined : Number(wait),
  )
}

/** The address of an endpoint, relative to the page: it may be served below a path prefix. */
export function targetOf<N extends EndpointName>(name: N, sent: Sent<N>): string {
  return `.${requestTarget(name, sent)}`
}
