import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { jsonIn } from '../../protocol/input.ts'
import { parseIp } from '../../protocol/lan/addresses.ts'
import {
  type FoundThermostat,
  readSettingsPage,
  SETTINGS_PAGE,
  settingsBody,
} from '../../protocol/lan/settings-page.ts'
import type { Clock } from '../core/clock.ts'
import { nodeHttp } from '../core/node-modules.ts'

const MAX_ANSWER_BYTES = 64 * 1024

export interface SettingsPageOptions {
  /** The origin that thermostats are told, with its port. */
  readonly origin: string
  readonly clock: Clock
  /**
   * Also asks addresses of this machine: for a server that only this machine can reach, and for tests.
   */
  readonly allowLoopback: boolean
  /** Another port than the firmware's, for tests. */
  readonly port?: number | undefined
}

export type Configured =
  | { readonly outcome: 'configured'; readonly deviceName: string | null }
  | { readonly outcome: 'key required' }

/**
 * Talks to the settings pages of thermostats on the home network. A caller chooses only the address,
 * which must be private: port, path and body are fixed, so that nobody reaches other machines through
 * nle.
 */
export class SettingsPages {
  readonly #options: SettingsPageOptions

  constructor(options: SettingsPageOptions) {
    this.#options = options
  }

  get origin(): string {
    return this.#options.origin
  }

  /** @throws NleError `invalid` for an address that no thermostat of a home network has */
  check(ip: string): void {
    const { family, kind, text } = parseIp(ip) ?? {}
    const isAllowed = kind === 'private' || (kind === 'loopback' && this.#options.allowLoopback)
    // Only the plain notation of an IPv4 address, because the request uses the text as it is.
    if (isAllowed && family === 4 && text === ip) return
    throw new NleError(
      'invalid',
      `${JSON.stringify(ip.slice(0, 64))} is not an address of a home network, such as 192.168.1.20. Thermostats are looked for there only.`,
    )
  }

  /** The thermostat at an address; undefined when there is none, or it does not answer in time. */
  async look(ip: string, timeoutMs: number): Promise<FoundThermostat | undefined> {
    this.check(ip)
    try {
      const { status, body } = await this.#ask(ip, 'GET', undefined, timeoutMs)
      return status === 200 ? readSettingsPage(ip, body, this.#options.origin) : undefined
    } catch {
      // Most addresses of a network belong to no thermostat.
      return undefined
    }
  }

  /**
   * Points a thermostat at this server.
   *
   * @throws NleError `invalid` for the address, `unreachable` when it does not answer or not as a
   * thermostat does
   */
  async configure(ip: string, apiKey: string | undefined, timeoutMs: number): Promise<Configured> {
    this.check(ip)
    const answer = await this.#ask(
      ip,
      'POST',
      JSON.stringify(settingsBody(this.#options.origin, apiKey)),
      timeoutMs,
    ).catch((cause) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new NleError(
        'unreachable',
        `The thermostat at ${ip} cannot be reached: ${why}. Is it awake, and on this network?`,
        { cause },
      )
    })
    if (answer.status === 401) return { outcome: 'key required' }
    if (answer.status !== 200 || !isObject(answer.body)) {
      const what = answer.status === 200 ? 'something else' : String(answer.status)
      throw new NleError(
        'unreachable',
        `${ip} answered ${what}, as no thermostat with this firmware does. "nle scan" lists those.`,
      )
    }
    const name = answer.body.device_name
    return { outcome: 'configured', deviceName: typeof name === 'string' ? name : null }
  }

  #ask(
    ip: string,
    method: 'GET' | 'POST',
    body: string | undefined,
    timeoutMs: number,
  ): Promise<{ status: number; body: unknown }> {
    const { port = SETTINGS_PAGE.port, clock } = this.#options
    return new Promise((resolve, reject) => {
      const headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
      const asked = nodeHttp().request(
        { host: ip, port, path: SETTINGS_PAGE.path, method, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            chunks.push(chunk)
            if (size > MAX_ANSWER_BYTES) asked.destroy(new Error('the answer is too long'))
          })
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: jsonIn(Buffer.concat(chunks).toString('utf8')),
            }),
          )
        },
      )
      const timer = clock.setTimer(timeoutMs, () => asked.destroy(new Error('no answer in time')))
      asked.on('error', reject)
      asked.on('close', () => {
        clock.clearTimer(timer)
        // A connection that ends in the middle of an answer causes neither `end` nor `error`.
        reject(new Error('the answer broke off'))
      })
      asked.end(body)
    })
  }
}
