import type { JsonObject } from '../../protocol/bucket.ts'
import { gauge, type Metric } from '../../protocol/metrics/metric.ts'
import {
  type BrokerConfig,
  type EnvironmentBroker,
  effectiveBroker,
  readBroker,
  type StoredBroker,
} from '../../protocol/mqtt/broker-config.ts'
import { MQTT } from '../../store/store.ts'
import type { Timer } from '../core/clock.ts'
import type { BrokerLink, LinkTimes } from './broker-link.ts'
import type { InboxServices } from './inbox.ts'
import type { Session } from './session.ts'

/** How long the broker may take to acknowledge the last messages. */
const FAREWELL_MS = 1_000
/** The state while there is no link to a broker, or no connection. */
const NO_LINK = { connected: false, connectedAt: null, protocolVersion: null, lastError: null }
const NO_SESSION = { thermostats: 0, messagesSent: 0, messagesWaiting: 0, messagesRefused: 0 }

export type MqttServices = InboxServices

export interface MqttOptions {
  readonly environment: EnvironmentBroker
  /** Of nle. */
  readonly version: string
  readonly times?: LinkTimes
}

/** Whether a topic is to be cleared at the broker. */
type Forget = (topic: string) => boolean
const NONE: Forget = () => false

/** Home Assistant through MQTT: decides which broker is used, and keeps one link to it. */
export class MqttIntegration {
  readonly #services: MqttServices
  readonly #options: MqttOptions
  #ownClientId: string | undefined
  #config: BrokerConfig | undefined
  /** Of Home Assistant, for which nobody has to do anything. */
  #offered: StoredBroker | undefined
  #isOffered = false
  #link: BrokerLink | undefined
  #session: Session | undefined
  /** Links end and begin one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #stopped = false
  /** Another process is connected to the broker. */
  #standsBy = false

  constructor(services: MqttServices, options: MqttOptions) {
    this.#services = services
    this.#options = options
  }

  /** The same until the server ends, where the settings name none. */
  get #clientId(): string {
    const { randomInt } = this.#services.core
    const hex = () => Array.from({ length: 8 }, () => randomInt(16).toString(16)).join('')
    this.#ownClientId ??= `nle-${hex()}`
    return this.#ownClientId
  }

  /** Begins to connect, if there is a broker; does not wait for the broker. */
  async start(): Promise<void> {
    const stored = await this.#stored()
    if (this.#standsBy) {
      this.#standsBy = false
      this.#config = undefined
    }
    // A request may have set a broker in the meantime.
    if (this.#config === undefined) this.#apply(stored)
  }

  /** Leaves the broker to another process; its settings are still shown and changed here. */
  async standBy(): Promise<void> {
    this.#standsBy = true
    this.#turn = this.#turn.then(() => this.#end(NONE))
    await this.#turn
    await this.refresh()
  }

  /** Reads again which broker is used: another process may have changed it. */
  async refresh(): Promise<void> {
    this.#apply(await this.#stored())
  }

  /**
   * Stores the broker of a request and applies it unless the environment overrides it.
   *
   * @returns false when it replaces one
   * @throws NleError `invalid`
   */
  async configure(body: unknown): Promise<boolean> {
    return !(await this.#store(readBroker(body, await this.#stored())))
  }

  /** Names the broker that is used while neither the environment nor the store has one. */
  async offer(broker: StoredBroker): Promise<void> {
    this.#offered = broker
    this.#apply(await this.#stored())
  }

  /** The broker on file, if there is one. */
  async #stored(): Promise<StoredBroker | undefined> {
    return (await this.#services.core.store.integration(MQTT)) as StoredBroker | undefined
  }

  /** Deletes the stored broker; false when there was none. */
  remove(): Promise<boolean> {
    return this.#store(undefined)
  }

  /** Whether a broker was stored before. */
  async #store(broker: StoredBroker | undefined): Promise<boolean> {
    const { writer, clock } = this.#services.core
    const value = broker === undefined ? undefined : { ...broker }
    const wasStored = await writer.write((store) =>
      store.setIntegration(MQTT, value, clock.now().wallMs),
    )
    this.#apply(broker)
    return wasStored
  }

  get isConfigured(): boolean {
    return this.#config !== undefined
  }

  /** The configuration and the state of the connection, without secrets. */
  status(): JsonObject {
    const config = this.#config
    if (config === undefined) return { configured: false, connected: false }
    return {
      configured: true,
      source: this.#source,
      brokerUrl: config.url,
      username: config.username ?? null,
      hasPassword: config.password !== undefined,
      clientId: config.clientId ?? this.#clientId,
      topicPrefix: config.topicPrefix,
      discoveryPrefix: config.discoveryPrefix,
      publishRaw: config.publishRaw,
      homeAssistantDiscovery: config.homeAssistantDiscovery,
      ...(this.#link?.state ?? NO_LINK),
      ...(this.#session?.counts ?? NO_SESSION),
    }
  }

  get #source(): 'environment' | 'store' | 'supervisor' {
    if (this.#options.environment.url !== undefined) return 'environment'
    return this.#isOffered ? 'supervisor' : 'store'
  }

  /** None without a broker. */
  metrics(): Metric[] {
    if (this.#config === undefined) return []
    const isConnected = this.#link?.state.connected === true
    return [gauge('nle_mqtt_connected', 'Whether the broker is connected.', Number(isConnected))]
  }

  /** Tells the broker that the server stops; waits `FAREWELL_MS` at most. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#config = undefined
    this.#turn = this.#turn.then(() => this.#end(NONE))
    await this.#turn
  }

  #apply(stored: StoredBroker | undefined): void {
    const before = this.#config
    const { log } = this.#services.core
    const broker = stored ?? this.#offered
    this.#isOffered = stored === undefined && broker !== undefined
    const next = this.#stopped ? undefined : effectiveBroker(this.#options.environment, broker)
    if (JSON.stringify(before) === JSON.stringify(next)) return
    this.#config = next
    if (next === undefined) log.info('MQTT is off')
    this.#turn = this.#turn.then(async () => {
      await this.#end(abandoned(before, next))
      if (next !== undefined && !this.#standsBy) await this.#begin(next)
    })
  }

  async #begin(config: BrokerConfig): Promise<void> {
    const { clock, log, health } = this.#services.core
    // Imported here, because most servers have no broker.
    const [{ LINK_TIMES, BrokerLink }, { Session }] = await Promise.all([
      import('./broker-link.ts'),
      import('./session.ts'),
    ])
    if (this.#config !== config || this.#standsBy) return
    const world = { clock, log, times: this.#options.times ?? LINK_TIMES }
    this.#link = new BrokerLink(config, config.clientId ?? this.#clientId, world, {
      connected: (connection) => {
        const { version } = this.#options
        const session = new Session(this.#services, { ...config, version }, connection)
        this.#session = session
        session.start().catch((error) => {
          health.complain('the thermostats could not be loaded for MQTT', error)
          // The link retries with a new connection.
          void connection.end(true)
        })
        return session
      },
      disconnected: () => {
        this.#session?.close()
        this.#session = undefined
      },
    })
    this.#link.start()
  }

  async #end(forget: Forget): Promise<void> {
    const { clock, log } = this.#services.core
    const link = this.#link
    if (link === undefined) return
    this.#link = undefined
    const goodbye = async (): Promise<void> => {
      await this.#session?.farewell(forget)
      await link.stop()
    }
    // A broker that acknowledges nothing learns of the end from its keep-alive and the last will.
    const failed = (error: unknown): void =>
      log.warn('the MQTT connection did not end well', { error: String(error) })
    let timer: Timer
    const tooLate = new Promise<void>((resolve) => {
      timer = clock.setTimer(FAREWELL_MS, () => resolve(link.stop(true)))
    })
    await Promise.race([goodbye().catch(failed), tooLate])
    clock.clearTimer(timer)
    this.#session?.close()
    this.#session = undefined
  }
}

/**
 * The topics that have to be cleared when another configuration takes over. A broker that is no longer
 * used keeps its topics: the change may be a mistake, and Home Assistant would lose the entities.
 */
function abandoned(before: BrokerConfig | undefined, next: BrokerConfig | undefined): Forget {
  if (before === undefined || next === undefined || next.url !== before.url) return NONE
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
