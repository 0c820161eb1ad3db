import type { JsonObject } from '../../protocol/bucket.ts'
import {
  type BrokerConfig,
  type EnvironmentBroker,
  effectiveBroker,
  type StoredBroker,
} from '../../protocol/mqtt/broker-config.ts'
import { MQTT } from '../../store/store.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import { LogOnce } from '../core/log-once.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Commands } from '../thermostats/commands.ts'
import type { Link, LinkTimes } from './reconnect.ts'
import type { Session } from './session.ts'

/** How long a broker has to take the goodbye. */
const FAREWELL_MS = 1_000

export interface MqttServices {
  readonly core: Core
  readonly commands: Commands
  readonly pairing: Pairing
}

export interface MqttOptions {
  readonly environment: EnvironmentBroker
  /** Of nle. */
  readonly version: string
  readonly times?: LinkTimes
}

/** Home Assistant through MQTT: which broker, and that there is one session with it. */
export class MqttIntegration {
  readonly #services: MqttServices
  readonly #options: MqttOptions
  readonly #complaints: LogOnce
  readonly #clientId: string
  #config: BrokerConfig | undefined
  #link: Link | undefined
  #session: Session | undefined
  /** What is being ended or begun; one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(services: MqttServices, options: MqttOptions) {
    this.#services = services
    this.#options = options
    const { log, clock, randomInt } = services.core
    this.#complaints = new LogOnce(log, () => clock.now().steadyMs)
    const hex = Array.from({ length: 8 }, () => randomInt(16).toString(16)).join('')
    this.#clientId = `nle-${hex}`
  }

  /** Connects, if there is a broker. Returns at once: nothing waits for a broker. */
  start(): void {
    const { health } = this.#services.core
    this.#apply().catch((error) => health.complain('the MQTT broker could not be read', error))
  }

  /**
   * Keeps a configuration and applies it, as far as the environment leaves it to the store.
   *
   * @returns whether there was none before
   */
  async configure(broker: StoredBroker): Promise<boolean> {
    const { writer, clock } = this.#services.core
    const wasSet = await writer.write((store) =>
      store.setIntegration(MQTT, { ...broker }, clock.now().wallMs),
    )
    await this.#apply()
    return !wasSet
  }

  /** Forgets the stored configuration; whether there was one. */
  async remove(): Promise<boolean> {
    const { writer, clock } = this.#services.core
    const wasSet = await writer.write((store) =>
      store.setIntegration(MQTT, undefined, clock.now().wallMs),
    )
    await this.#apply()
    return wasSet
  }

  /** What is configured and how it goes, without secrets. */
  status(): JsonObject {
    const config = this.#config
    if (config === undefined) return { configured: false, connected: false }
    const link = this.#link?.state
    const counts = this.#session?.counts
    return {
      configured: true,
      source: this.#options.environment.url === undefined ? 'store' : 'environment',
      brokerUrl: config.url,
      username: config.username ?? null,
      hasPassword: config.password !== undefined,
      clientId: config.clientId ?? this.#clientId,
      topicPrefix: config.topicPrefix,
      discoveryPrefix: config.discoveryPrefix,
      publishRaw: config.publishRaw,
      homeAssistantDiscovery: config.homeAssistantDiscovery,
      connected: link?.connected ?? false,
      connectedAt: link?.connectedAtMs === undefined ? null : iso(link.connectedAtMs),
      protocolVersion:
        link?.protocolVersion === undefined ? null : link.protocolVersion === 5 ? '5' : '3.1.1',
      lastError: link?.lastError ?? null,
      thermostats: counts?.thermostats ?? 0,
      messagesSent: counts?.sent ?? 0,
      messagesWaiting: counts?.waiting ?? 0,
      messagesRefused: counts?.refused ?? 0,
    }
  }

  /** Tells the broker that the server is going; waits a moment at most. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#config = undefined
    this.#turn = this.#turn.then(() => this.#end(() => false))
    await this.#turn
  }

  async #apply(): Promise<void> {
    const { store, log } = this.#services.core
    const stored = (await store.integration(MQTT)) as unknown as StoredBroker | undefined
    const before = this.#config
    const next = this.#stopped ? undefined : effectiveBroker(this.#options.environment, stored)
    if (JSON.stringify(before) === JSON.stringify(next)) return
    this.#config = next
    if (next === undefined) log.info('MQTT is off')
    this.#turn = this.#turn.then(async () => {
      await this.#end(before === undefined ? () => false : abandoned(before, next))
      if (next !== undefined) await this.#begin(next)
    })
  }

  async #begin(config: BrokerConfig): Promise<void> {
    const { clock, log } = this.#services.core
    // Loaded here: most servers have no broker.
    const [{ LINK_TIMES, Link }, { Session }] = await Promise.all([
      import('./reconnect.ts'),
      import('./session.ts'),
    ])
    if (this.#config !== config) return
    const world = { clock, log, times: this.#options.times ?? LINK_TIMES }
    this.#link = new Link(config, config.clientId ?? this.#clientId, world, {
      connected: (connection) => {
        const services = { ...this.#services, complaints: this.#complaints }
        const { version } = this.#options
        const session = new Session(services, { config, version }, connection)
        this.#session = session
        session.start()
        return session
      },
      disconnected: () => {
        this.#session?.close()
        this.#session = undefined
      },
    })
    this.#link.start()
  }

  async #end(forget: (topic: string) => boolean): Promise<void> {
    const { clock, log } = this.#services.core
    const link = this.#link
    if (link === undefined) return
    this.#link = undefined
    const goodbye = async (): Promise<void> => {
      await this.#session?.farewell(forget)
      await link.stop()
    }
    // A broker that takes nothing is left without a word, and finds out by its keep-alive.
    const failed = (error: unknown): void =>
      log.warn('the MQTT connection did not end well', { error: String(error) })
    let timer: Timer
    const patience = new Promise<void>((resolve) => {
      timer = clock.setTimer(FAREWELL_MS, () => resolve(link.stop(true)))
    })
    await Promise.race([goodbye().catch(failed), patience])
    clock.clearTimer(timer)
    this.#session?.close()
    this.#session = undefined
  }
}

/**
 * Which topics nobody keeps up to date any more once another configuration is in force. A broker
 * that is left keeps them: it may be a mistake, and then entities with their history would be gone.
 */
function abandoned(
  before: BrokerConfig,
  next: BrokerConfig | undefined,
): (topic: string) => boolean {
  if (next === undefined || next.url !== before.url) return () => false
  const moved = next.topicPrefix !== before.topicPrefix
  const rawOff = before.publishRaw && !next.publishRaw
  const undiscovered =
    before.homeAssistantDiscovery &&
    (!next.homeAssistantDiscovery || next.discoveryPrefix !== before.discoveryPrefix)
  const start = `${before.topicPrefix}/`
  return (topic) => {
    if (!topic.startsWith(start)) return undiscovered
    if (moved) return true
    return rawOff && /^[^/]+\/(device|shared)(\/|$)/.test(topic.slice(start.length))
  }
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString()
}
