import type { BrokerConfig } from '../../protocol/mqtt/broker-config.ts'
import type { Now } from '../../protocol/now.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import {
  type Connection,
  type ConnectionEvents,
  ConnectionFailure,
  connect,
  type ProtocolVersion,
} from './connection.ts'

/** Times of the link to a broker; tests use shorter ones. */
export interface LinkTimes {
  /** The pause after the first failure; each further failure doubles it. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** After a connection that lasted this long, the next pause is the first one again. */
  readonly steadyAfterMs: number
  readonly timeoutMs: number
  readonly keepaliveS: number
}

export const LINK_TIMES: LinkTimes = {
  firstPauseMs: 1_000,
  maxPauseMs: 30_000,
  // Two servers with one client id disconnect each other at once; a broker that restarts does not.
  steadyAfterMs: 5_000,
  timeoutMs: 10_000,
  keepaliveS: 30,
}

type ConnectionUser = Omit<ConnectionEvents, 'lost'>

/** The user of the connection. The link tells it about each connection, and about its end. */
interface LinkUser {
  connected(connection: Connection): ConnectionUser
  disconnected(): void
}

interface LinkWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly times: LinkTimes
}

const VERSION_NAMES: Readonly<Record<ProtocolVersion, string>> = { 5: '5', 4: '3.1.1' }

/** Keeps a connection to one broker; retries with growing pauses when it fails. */
export class BrokerLink {
  readonly #config: BrokerConfig
  readonly #clientId: string
  readonly #world: LinkWorld
  readonly #user: LinkUser
  #version: ProtocolVersion = 5
  #pauseMs: number
  #timer: Timer | undefined
  #connection: Connection | undefined
  #connectedAt: Now | undefined
  /** Why the last connection ended, or the last attempt failed. */
  #lastError: string | undefined
  /** The connection that is being closed, for a second `stop` that forces it. */
  #ending: Connection | undefined
  readonly #abort = new AbortController()
  #stopped = false

  constructor(config: BrokerConfig, clientId: string, world: LinkWorld, user: LinkUser) {
    this.#config = config
    this.#clientId = clientId
    this.#world = world
    this.#user = user
    this.#pauseMs = world.times.firstPauseMs
  }

  start(): void {
    void this.#attempt()
  }

  /** As the control API shows it. */
  get state() {
    const version = this.#connection?.protocolVersion
    const at = this.#connectedAt
    return {
      connected: this.#connection !== undefined,
      connectedAt: at === undefined ? null : new Date(at.wallMs).toISOString(),
      protocolVersion: version === undefined ? null : VERSION_NAMES[version],
      lastError: this.#lastError ?? null,
    }
  }

  /** Ends the connection, if there is one, and stops retrying; `force` skips MQTT's DISCONNECT. */
  async stop(force = false): Promise<void> {
    this.#stopped = true
    this.#abort.abort()
    if (this.#timer !== undefined) this.#world.clock.clearTimer(this.#timer)
    const connection = this.#connection ?? this.#ending
    this.#ending = connection
    this.#clearConnection()
    await connection?.end(force)
  }

  async #attempt(): Promise<void> {
    this.#timer = undefined
    // Messages may follow in the same packet as the broker's acceptance.
    let user: ConnectionUser | undefined
    try {
      const connection = await connect(
        {
          config: this.#config,
          clientId: this.#clientId,
          protocolVersion: this.#version,
          ...this.#world.times,
          signal: this.#abort.signal,
        },
        {
          message: (topic, payload, retained) => user?.message(topic, payload, retained),
          lost: (reason) => this.#lost(reason),
          refused: (topic, reason) => user?.refused(topic, reason),
        },
      )
      if (this.#stopped) {
        await connection.end(false)
        return
      }
      this.#connection = connection
      this.#connectedAt = this.#world.clock.now()
      this.#world.log.info('MQTT broker connected', {
        broker: this.#config.url,
        version: VERSION_NAMES[this.#version],
      })
      this.#lastError = undefined
      user = this.#user.connected(connection)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (this.#stopped) return
    const tryOlder = this.#version === 5 && error instanceof ConnectionFailure && error.tryOlder
    // After 3.1.1 has failed as well, the next attempt is version 5 again.
    this.#version = tryOlder ? 4 : 5
    const reason = error instanceof Error ? error.message : String(error)
    if (tryOlder) void this.#attempt()
    else this.#retryLater('MQTT broker not reached', reason)
  }

  #lost(reason: string): void {
    const lastedMs = this.#world.clock.now().steadyMs - (this.#connectedAt?.steadyMs ?? 0)
    this.#clearConnection()
    if (this.#stopped) return
    if (lastedMs >= this.#world.times.steadyAfterMs) this.#pauseMs = this.#world.times.firstPauseMs
    this.#retryLater('MQTT broker lost', reason)
  }

  #clearConnection(): void {
    if (this.#connection === undefined) return
    this.#connection = undefined
    this.#connectedAt = undefined
    this.#user.disconnected()
  }

  #retryLater(event: string, reason: string): void {
    // The log gets one warning about a broker that stays away.
    const level = reason === this.#lastError ? 'debug' : 'warn'
    this.#lastError = reason
    this.#world.log[level](event, {
      broker: this.#config.url,
      reason,
      retry_s: Math.round(this.#pauseMs / 1000),
    })
    this.#timer = this.#world.clock.setTimer(this.#pauseMs, () => void this.#attempt())
    this.#pauseMs = Math.min(this.#world.times.maxPauseMs, this.#pauseMs * 2)
  }
}
