import { isObject } from '../../protocol/bucket.ts'
import { toSerial } from '../../protocol/identity.ts'
import { CLIMATE_OBJECT } from '../../protocol/mqtt/climate.ts'
import { ORIGIN_NAME } from '../../protocol/mqtt/discovery-configs.ts'
import { readLoose } from '../../protocol/mqtt/payload.ts'
import { configTopic, type TopicPrefixes } from '../../protocol/mqtt/topics.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Connection } from './connection.ts'

/** How long the broker may take to send what it retains. */
const LISTEN_MS = 30_000
/** Thermostats looked at per connection, at most. */
const MAX_LOOKED_AT = 256

export interface StaleTopicsOptions extends TopicPrefixes {
  readonly connection: Connection
  readonly clock: Clock
  /** Of nle. */
  readonly version: string
  /** Resolves to undefined when the thermostat is not on file. */
  load(serial: string): Promise<{ readonly isPaired: boolean } | undefined>
  /** The broker retains this configuration of a paired thermostat, which may not have it. */
  adopt(serial: string, topic: string): void
  clear(topic: string): void
}

/**
 * Clears what the broker retains about thermostats that were unpaired while the broker was away, and
 * about entities that the existing server announced and the thermostat does not have. A thermostat
 * that is not on file here and was not announced by nle belongs to another server.
 */
export class StaleTopics {
  readonly #options: StaleTopicsOptions
  readonly #lookedAt = new Map<string, 'paired' | 'gone'>()
  readonly #filters: string[]
  readonly #climate: RegExp
  readonly #config: RegExp
  readonly #timer: Timer

  constructor(options: StaleTopicsOptions) {
    this.#options = options
    const { discoveryPrefix, connection, clock } = options
    const prefix = discoveryPrefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    this.#climate = new RegExp(`^${prefix}/climate/nest_([^/]+)/${CLIMATE_OBJECT}/config$`)
    this.#config = new RegExp(`^${prefix}/[^/]+/nest_([^/]+)/[^/]+/config$`)
    this.#filters = [`${discoveryPrefix}/climate/+/${CLIMATE_OBJECT}/config`]
    connection.subscribe(this.#filters.map((filter) => ({ filter, retained: true })))
    this.#timer = clock.setTimer(LISTEN_MS, () => connection.unsubscribe(this.#filters))
  }

  close(): void {
    this.#options.clock.clearTimer(this.#timer)
  }

  /** Takes a retained message. */
  async offer(topic: string, payload: Buffer): Promise<void> {
    if (payload.length === 0) return
    const { topicPrefix, adopt, clear } = this.#options
    const climate = toSerial(this.#climate.exec(topic)?.[1])
    if (climate !== undefined && !this.#lookedAt.has(climate)) {
      await this.#lookAt(climate, payload)
      return
    }
    const config = toSerial(this.#config.exec(topic)?.[1])
    if (config !== undefined) {
      const found = this.#lookedAt.get(config)
      if (found === 'gone') clear(topic)
      else if (found === 'paired') adopt(config, topic)
      return
    }
    if (!topic.startsWith(`${topicPrefix}/`)) return
    const serial = toSerial(topic.slice(topicPrefix.length + 1).split('/')[0])
    if (serial !== undefined && this.#lookedAt.get(serial) === 'gone') clear(topic)
  }

  async #lookAt(serial: string, payload: Buffer): Promise<void> {
    const { version, discoveryPrefix, topicPrefix, connection, load, clear } = this.#options
    const origin = originOf(payload)
    const loaded = await load(serial)
    const isPaired = loaded?.isPaired ?? false
    if (isPaired && origin === `${ORIGIN_NAME} ${version}`) return
    const isOurs = loaded !== undefined || (origin?.startsWith(`${ORIGIN_NAME} `) ?? false)
    if (!isOurs || this.#lookedAt.size >= MAX_LOOKED_AT) return
    this.#lookedAt.set(serial, isPaired ? 'paired' : 'gone')
    const filters = [
      `${discoveryPrefix}/+/nest_${serial}/+/config`,
      ...(isPaired ? [] : [`${topicPrefix}/${serial}/#`]),
    ]
    this.#filters.push(...filters)
    connection.subscribe(filters.map((filter) => ({ filter, retained: true })))
    if (!isPaired) clear(configTopic(discoveryPrefix, 'climate', serial, CLIMATE_OBJECT))
  }
}

/** The name and version of the software that announced an entity. */
function originOf(payload: Buffer): string | undefined {
  const config = readLoose(payload.toString('utf8'))
  const origin = isObject(config) ? config.origin : undefined
  return isObject(origin) ? `${String(origin.name)} ${String(origin.sw_version)}` : undefined
}
