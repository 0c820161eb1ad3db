import type { BrokerConfig } from '../../protocol/mqtt/broker-config.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import {
  type Connection,
  type ConnectionEvents,
  ConnectionFailure,
  connect,
  type ProtocolVersion,
} from './connection.ts'

/** Times of the link to a broker; tests have shorter ones. */
export interface LinkTimes {
  /** The pause after the first failure; each further one doubles it. */
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  /** A connection that stood this long was a good one: the next pause is the first again. */
  readonly steadyAfterMs: number
  readonly timeoutMs: number
  readonly keepaliveS: number
}

export const LINK_TIMES: LinkTimes = {
  firstPauseMs: 1_000,
  maxPauseMs: 30_000,
  // Two servers under one name throw each other out at once; a broker that restarts does not.
  steadyAfterMs: 5_000,
  timeoutMs: 10_000,
  keepaliveS: 30,
}

/** What uses the connection. It is told of each one, and of its end. */
export interface LinkUser {
  connected(connection: Connection): Pick<ConnectionEvents, 'message' | 'refused'>
  disconnected(): void
}

export interface LinkState {
  readonly connected: boolean
  /** Wall clock, ms; undefined while there is no connection. */
  readonly connectedAtMs: number | undefined
  readonly protocolVersion: ProtocolVersion | undefined
  /** Why the last connection ended, or could not be made. */
  readonly lastError: string | undefined
}

/** Keeps a connection to one broker, with growing pauses where that fails. */
export class Link {
  readonly #config: BrokerConfig
  readonly #clientId: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #times: LinkTimes
  readonly #user: LinkUser
  #version: ProtocolVersion = 5
  #pauseMs: number
  #timer: Timer | undefined
  #connection: Connection | undefined
  #connectedAt: { wallMs: number; steadyMs: number } | undefined
  #lastError: string | undefined
  /** The connection that is being ended, for whoever loses patience. */
  #ending: Connection | undefined
  readonly #abort = new AbortController()
  #stopped = false

  constructor(
    config: BrokerConfig,
    clientId: string,
    world: { readonly clock: Clock; readonly log: Logger; readonly times: LinkTimes },
    user: LinkUser,
  ) {
    this.#config = config
    this.#clientId = clientId
    this.#clock = world.clock
    this.#log = world.log
    this.#times = world.times
    this.#user = user
    this.#pauseMs = world.times.firstPauseMs
  }

  start(): void {
    void this.#attempt()
  }

  get state(): LinkState {
    return {
      connected: this.#connection !== undefined,
      connectedAtMs: this.#connectedAt?.wallMs,
      protocolVersion: this.#connection?.protocolVersion,
      lastError: this.#lastError,
    }
  }

  /** Ends the connection, if there is one, and makes no other; without a goodbye when forced. */
  async stop(force = false): Promise<void> {
    this.#stopped = true
    this.#abort.abort()
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    const connection = this.#connection ?? this.#ending
    this.#ending = connection
    this.#over()
    await connection?.end(force)
  }

  async #attempt(): Promise<void> {
    this.#timer = undefined
    // Messages may follow in the packet that says that the connection stands.
    let user: Pick<ConnectionEvents, 'message' | 'refused'> | undefined
    try {
      const connection = await connect(
        {
          config: this.#config,
          clientId: this.#clientId,
          protocolVersion: this.#version,
          ...this.#times,
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
      this.#connectedAt = this.#clock.now()
      this.#log.info('MQTT broker connected', {
        broker: this.#config.url,
        version: this.#version === 5 ? '5' : '3.1.1',
      })
      this.#lastError = undefined
      user = this.#user.connected(connection)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (this.#stopped) return
    const wasFive = this.#version === 5
    const older = error instanceof ConnectionFailure && error.tryOlder
    // A broker that does not take the older one either may take the newer one next time.
    this.#version = wasFive && older ? 4 : 5
    if (wasFive && older) {
      void this.#attempt()
      return
    }
    this.#pause(error instanceof Error ? error.message : String(error), 'MQTT broker not reached')
  }

  #lost(reason: string): void {
    const stoodMs = this.#clock.now().steadyMs - (this.#connectedAt?.steadyMs ?? 0)
    this.#over()
    if (this.#stopped) return
    if (stoodMs >= this.#times.steadyAfterMs) this.#pauseMs = this.#times.firstPauseMs
    this.#pause(reason, 'MQTT broker lost')
  }

  #over(): void {
    if (this.#connection === undefined) return
    this.#connection = undefined
    this.#connectedAt = undefined
    this.#user.disconnected()
  }

  #pause(reason: string, event: string): void {
    // A broker that stays away is told of once.
    const level = reason === this.#lastError ? 'debug' : 'warn'
    this.#lastError = reason
    this.#log[level](event, {
      broker: this.#config.url,
      reason,
      retry_s: Math.round(this.#pauseMs / 1000),
    })
    this.#timer = this.#clock.setTimer(this.#pauseMs, () => void this.#attempt())
    this.#pauseMs = Math.min(this.#times.maxPauseMs, this.#pauseMs * 2)
  }
}
