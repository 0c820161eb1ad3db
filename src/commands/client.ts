import { NleError } from '../errors.ts'
import { isObject, type JsonObject } from '../protocol/bucket.ts'
import { type JsonAnswer, refusal, requestJson } from './http-json.ts'

const TIMEOUT_MS = 10_000
/** Who is asked only whether it is there answers at once or is not well. */
const HEALTH_TIMEOUT_MS = 3_000

/** What became of a code. */
export type RegisterAnswer =
  | { readonly success: true; readonly serial: string; readonly name: string }
  | { readonly success: false; readonly reason: string }

/** A thermostat that shows a code. */
export interface WaitingThermostat {
  readonly serial: string
  readonly name: string
  /** Wall clock, ms. */
  readonly sinceMs: number
}

export interface PairingProgress {
  readonly name: string
  /** The thermostat itself has shown that it knows. */
  readonly confirmed: boolean
  readonly isAvailable: boolean
}

/** A running server, asked over its control API. */
export class ServerClient {
  readonly url: string
  readonly #stop: AbortSignal

  constructor(url: string, stop: AbortSignal) {
    this.url = url
    this.#stop = stop
  }

  /**
   * Makes sure that an nle server is there.
   *
   * @throws NleError `unreachable`
   */
  async checkHealth(): Promise<void> {
    const { status, body } = await this.#ask('GET', '/health', undefined, HEALTH_TIMEOUT_MS)
    if (status === 200 && isObject(body) && body.server === 'nle') return
    const hint =
      status === 404 ? ' If it is the port for thermostats, the other one is meant (8082).' : ''
    throw new NleError(
      'unreachable',
      `${this.url} answers, but it is not the control API of an nle server.${hint}`,
      { details: { url: this.url } },
    )
  }

  /** Types a code in for a user. */
  async register(code: string, userId: string): Promise<RegisterAnswer> {
    const answer = await this.#ask('POST', '/api/register', { code, userId })
    const { status, body } = answer
    if (status !== 200 || !isObject(body)) throw refusal(answer, this.url)
    if (body.success === true) {
      const serial = text(body.serial)
      return { success: true, serial, name: text(body.name) || serial }
    }
    return { success: false, reason: text(body.reason) }
  }

  /** The status of every thermostat. */
  async devices(): Promise<JsonObject[]> {
    const { devices } = await this.#object('GET', '/api/devices')
    return objects(devices)
  }

  async waiting(): Promise<WaitingThermostat[]> {
    const { waiting } = await this.#object('GET', '/api/pairing')
    return objects(waiting).map(({ serial, name, since }) => ({
      serial: text(serial),
      name: text(name),
      sinceMs: Date.parse(text(since)),
    }))
  }

  async pairingOf(serial: string): Promise<PairingProgress> {
    const body = await this.#object('GET', `/api/pairing/${encodeURIComponent(serial)}`)
    return {
      name: text(body.name),
      confirmed: body.confirmed === true,
      isAvailable: body.is_available === true,
    }
  }

  /** @throws NleError for every status but 200 */
  async #object(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: JsonObject,
  ): Promise<JsonObject> {
    const answer = await this.#ask(method, path, body)
    if (answer.status !== 200 || !isObject(answer.body)) throw refusal(answer, this.url)
    return answer.body
  }

  #ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: JsonObject,
    timeoutMs = TIMEOUT_MS,
  ): Promise<JsonAnswer> {
    return requestJson({
      method,
      url: this.url + path,
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      stop: this.#stop,
    })
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
