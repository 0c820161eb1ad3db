import {
  type Answer,
  ENDPOINTS,
  type EndpointName,
  requestTarget,
  type Sent,
} from '../../api/endpoints.ts'
import type { Schedule, Status } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../protocol/bucket.ts'
import type { CommandName } from '../../protocol/commands/plan-command.ts'
import { tokenOf } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { type ChangeReport, readChange } from './answers.ts'
import {
  type JsonAnswer,
  refusal,
  requestFile,
  requestJson,
  type ServerAddress,
} from './http-json.ts'

const TIMEOUT_MS = 10_000
/** A health check answers at once, or the server is not well. */
const HEALTH_TIMEOUT_MS = 3_000

/** The settings of a server. */
export type SettingsAnswer = Answer<'getSettings'>
/** What a thermostat did, in columns. */
export type HistoryAnswer = Answer<'getHistory'>
/** How long what ran. */
export type RuntimeAnswer = Answer<'getRuntime'>

type Sending<N extends EndpointName> =
  Partial<Sent<N>> extends Sent<N> ? [sent?: Sent<N>] : [sent: Sent<N>]

/** Calls the control API of a running server. */
export class ServerClient {
  readonly address: ServerAddress
  readonly #token: string | undefined
  readonly #stop: AbortSignal

  constructor(address: ServerAddress, { env, stop }: Pick<Io, 'env' | 'stop'>) {
    this.address = address
    this.#token = tokenOf(env)
    this.#stop = stop
  }

  /** The control URL of the server. */
  get url(): string {
    return this.address.url
  }

  /**
   * Calls one endpoint.
   *
   * @throws NleError the refusal, for every status but 200; see `requestJson` for the rest
   */
  async call<N extends EndpointName>(name: N, ...[sent]: Sending<N>): Promise<Answer<N>> {
    const answer = await this.#request(name, sent)
    const { status, body } = answer
    if (status !== 200 || typeof body !== 'object' || body === null) {
      throw refusal(answer, this.address)
    }
    return body as Answer<N>
  }

  /**
   * Writes a backup of the server's database to a new file.
   *
   * @throws NleError the refusal; see `requestFile` for the rest
   */
  async fetchBackup(file: string, withHistory: boolean): Promise<void> {
    const [server, token, stop] = [this.address, this.#token, this.#stop]
    const target = requestTarget('getBackup', { query: { history: withHistory ? '1' : '0' } })
    const refused = await requestFile({ server, target, token, stop }, file)
    if (refused !== undefined) throw refusal(refused, server)
  }

  /**
   * Makes sure that an nle server answers, in trouble or not.
   *
   * @returns its trouble; undefined when all is well
   * @throws NleError `unreachable`
   */
  async checkHealth(): Promise<string | undefined> {
    const { status, body } = await this.#request('getHealth', {}, HEALTH_TIMEOUT_MS)
    if (status === 200 && isObject(body) && body.server === 'nle') {
      return body.status === 'degraded' ? String(body.reason ?? '') : undefined
    }
    const hint =
      status === 404 ? ' If it is the port for thermostats, the other one is meant (8082).' : ''
    throw new NleError(
      'unreachable',
      `${this.url} answers, but it is not the control API of an nle server.${hint}`,
      { details: { url: this.url } },
    )
  }

  /** Every thermostat, one that has not uploaded its state included. */
  async devices(): Promise<Status[]> {
    return (await this.call('listDevices', { query: { all: '1' } })).devices
  }

  /** The status of one thermostat; `not_found` when it is not on file. */
  status(serial: string): Promise<Status> {
    return this.call('getStatus', { query: { serial } })
  }

  /**
   * Sends what a person typed: the server refuses what it would move for a program.
   *
   * @returns the id of the change
   */
  async command(serial: string, command: string, value: JsonValue): Promise<{ changeId: number }> {
    const body = { serial, command: command as CommandName, value, given_by: 'person' as const }
    return { changeId: (await this.call('sendCommand', { body })).change_id }
  }

  async change(id: number): Promise<ChangeReport> {
    return readChange(await this.call('getChange', { params: { id } }))
  }

  /** The latest commands, newest first. */
  async changes(serial: string | undefined, limit: number): Promise<ChangeReport[]> {
    const query = { limit, ...(serial === undefined ? {} : { serial }) }
    return (await this.call('listChanges', { query })).changes.map(readChange)
  }

  async schedule(serial: string): Promise<{ readonly schedule: Schedule | undefined }> {
    const { schedule } = await this.call('getSchedule', { query: { serial } })
    return { schedule: schedule ?? undefined }
  }

  /** Gives the server a broker, which it uses at once. */
  setMqtt(broker: JsonObject): Promise<Answer<'setMqttConfig'>> {
    const body = broker as JsonObject & Sent<'setMqttConfig'>['body']
    return this.call('setMqttConfig', { body })
  }

  #request<N extends EndpointName>(
    name: N,
    sent: Sent<N> | undefined,
    timeoutMs = TIMEOUT_MS,
  ): Promise<JsonAnswer> {
    const { body } = (sent ?? {}) as { readonly body?: JsonObject }
    return requestJson({
      method: ENDPOINTS[name].method,
      server: this.address,
      target: requestTarget(name, sent ?? ({} as Sent<N>)),
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      token: this.#token,
      stop: this.#stop,
    })
  }
}
