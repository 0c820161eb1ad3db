import { NleError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../protocol/bucket.ts'
import { tokenOf } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import type {
  Accepted,
  ChangeReport,
  PairingProgress,
  RegisterAnswer,
  ScheduleAnswer,
  WaitingThermostat,
} from './answers.ts'
import { objects, readChange, text } from './answers.ts'
import { type JsonAnswer, refusal, requestJson } from './http-json.ts'

const TIMEOUT_MS = 10_000
/** Who is asked only whether it is there answers at once or is not well. */
const HEALTH_TIMEOUT_MS = 3_000

/** A running server, asked over its control API. */
export class ServerClient {
  readonly url: string
  readonly #token: string | undefined
  readonly #stop: AbortSignal

  constructor(url: string, { env, stop }: Pick<Io, 'env' | 'stop'>) {
    this.url = url
    this.#token = tokenOf(env)
    this.#stop = stop
  }

  /**
   * Makes sure that an nle server is there, however it is.
   *
   * @returns what troubles it; undefined when all is well
   * @throws NleError `unreachable`
   */
  async checkHealth(): Promise<string | undefined> {
    const { status, body } = await this.#ask('GET', '/health', undefined, HEALTH_TIMEOUT_MS)
    if (status === 200 && isObject(body) && body.server === 'nle') {
      return body.status === 'degraded' ? text(body.reason) : undefined
    }
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

  /** What it tells thermostats to use. */
  async origin(): Promise<string> {
    return text((await this.#object('GET', '/api/config')).api_origin)
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

  /** The status of one thermostat; `not_found` when it is not on file. */
  status(serial: string): Promise<JsonObject> {
    return this.#object('GET', `/status?serial=${encodeURIComponent(serial)}`)
  }

  /** Gives a command to a thermostat. */
  async command(serial: string, command: string, value: JsonValue): Promise<Accepted> {
    const body = await this.#object('POST', '/command', { serial, command, value })
    const data = isObject(body.data) ? body.data : {}
    return {
      changeId: Number(body.change_id),
      delivery: body.delivery === 'pushed' ? 'pushed' : 'queued',
      values: isObject(data.values) ? data.values : {},
    }
  }

  /** Where a command is. */
  async change(id: number): Promise<ChangeReport> {
    return readChange(await this.#object('GET', `/api/changes/${id}`))
  }

  /** Commands and where they are, newest first. */
  async changes(serial: string | undefined, limit: number): Promise<ChangeReport[]> {
    const of = serial === undefined ? '' : `&serial=${encodeURIComponent(serial)}`
    const { changes } = await this.#object('GET', `/api/changes?limit=${limit}${of}`)
    return objects(changes).map(readChange)
  }

  async schedule(serial: string): Promise<ScheduleAnswer> {
    const body = await this.#object('GET', `/api/schedule?serial=${encodeURIComponent(serial)}`)
    return { schedule: isObject(body.schedule) ? body.schedule : undefined, answer: body }
  }

  /** Ends an ownership; false when this user does not own it. */
  async release(serial: string, userId: string): Promise<boolean> {
    const query = `?userId=${encodeURIComponent(userId)}`
    const path = `/api/registered-devices/${encodeURIComponent(serial)}${query}`
    const { success } = await this.#object('DELETE', path)
    return success === true
  }

  /** Takes the pairing dialog off a screen; gives the server's own words. */
  async dismiss(serial: string): Promise<string> {
    const path = `/api/dismiss-pairing/${encodeURIComponent(serial)}`
    return text((await this.#object('POST', path)).message)
  }

  /** Forgets the password of a thermostat; false when none was remembered. */
  async repin(serial: string): Promise<boolean> {
    const path = `/api/repin/${encodeURIComponent(serial)}`
    return (await this.#object('POST', path)).was_pinned === true
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
      token: this.#token,
      stop: this.#stop,
    })
  }
}

/** What a server tells of its MQTT connection. */
export function mqttStatus(serverUrl: string, io: Io): Promise<JsonObject> {
  return ask('GET', serverUrl, io)
}

/** Gives a server a broker, which it uses at once. */
export function setMqtt(serverUrl: string, broker: JsonObject, io: Io): Promise<JsonObject> {
  return ask('POST', serverUrl, io, broker)
}

/** Takes the broker away from a server. */
export function removeMqtt(serverUrl: string, io: Io): Promise<JsonObject> {
  return ask('DELETE', serverUrl, io)
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  serverUrl: string,
  io: Io,
  body?: JsonObject,
): Promise<JsonObject> {
  const answer = await requestJson({
    method,
    url: `${serverUrl}/api/mqtt-config`,
    ...(body === undefined ? {} : { body }),
    timeoutMs: TIMEOUT_MS,
    token: tokenOf(io.env),
    stop: io.stop,
  })
  if (answer.status !== 200 || !isObject(answer.body)) throw refusal(answer, serverUrl)
  return answer.body
}
