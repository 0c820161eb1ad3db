import { isObject, type JsonValue } from '../../protocol/bucket.ts'
import { toSerial } from '../../protocol/identity.ts'
import { CLIMATE_OBJECT } from '../../protocol/mqtt/climate.ts'
import { ORIGIN_NAME } from '../../protocol/mqtt/discovery.ts'
import { configTopic, type TopicPrefixes } from '../../protocol/mqtt/topics.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Connection } from './connection.ts'

/** How long the broker has to tell what it retains. */
const LOOK_MS = 30_000
/** Thermostats looked at per connection, at most. */
const MAX_LOOKED_AT = 256

export interface LeftoversWorld extends TopicPrefixes {
  readonly connection: Connection
  readonly clock: Clock
  readonly version: string
  /** Whether a thermostat is to be seen at the broker. */
  isShown(serial: string): boolean
  isOnFile(serial: string): boolean
  /** Whether this is what belongs on the topic; called for thermostats that are shown. */
  isWanted(serial: string, topic: string): boolean
  clear(topic: string): void
}

/**
 * Takes away what the broker retains of thermostats that were unpaired while it could not be
 * reached, and entities that the existing server announced and the thermostat does not have.
 * Thermostats that are neither on file here nor announced by nle are somebody else's.
 */
export class Leftovers {
  readonly #world: LeftoversWorld
  readonly #lookedAt = new Map<string, 'shown' | 'gone'>()
  readonly #filters: string[]
  readonly #climate: RegExp
  readonly #config: RegExp
  readonly #timer: Timer

  constructor(world: LeftoversWorld) {
    this.#world = world
    const { discoveryPrefix } = world
    const prefix = discoveryPrefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    this.#climate = new RegExp(`^${prefix}/climate/nest_([^/]+)/${CLIMATE_OBJECT}/config$`)
    this.#config = new RegExp(`^${prefix}/[^/]+/nest_([^/]+)/[^/]+/config$`)
    this.#filters = [`${discoveryPrefix}/climate/+/${CLIMATE_OBJECT}/config`]
    world.connection.subscribe(this.#filters.map((filter) => ({ filter, retained: true })))
    this.#timer = world.clock.setTimer(LOOK_MS, () => world.connection.unsubscribe(this.#filters))
  }

  close(): void {
    this.#world.clock.clearTimer(this.#timer)
  }

  /** Takes a retained message. */
  offer(topic: string, payload: Buffer): void {
    if (payload.length === 0) return
    const climate = toSerial(this.#climate.exec(topic)?.[1])
    if (climate !== undefined && !this.#lookedAt.has(climate)) {
      this.#consider(climate, payload)
      return
    }
    const config = toSerial(this.#config.exec(topic)?.[1])
    if (config !== undefined) {
      const state = this.#lookedAt.get(config)
      const unwanted = state === 'shown' && !this.#world.isWanted(config, topic)
      if (state === 'gone' || unwanted) this.#world.clear(topic)
      return
    }
    if (!topic.startsWith(`${this.#world.topicPrefix}/`)) return
    const serial = toSerial(topic.slice(this.#world.topicPrefix.length + 1).split('/')[0])
    if (serial !== undefined && this.#lookedAt.get(serial) === 'gone') this.#world.clear(topic)
  }

  #consider(serial: string, payload: Buffer): void {
    const { isShown, isOnFile, version, discoveryPrefix, topicPrefix } = this.#world
    const origin = originOf(payload)
    const shown = isShown(serial)
    if (shown && origin === `${ORIGIN_NAME} ${version}`) return
    const ours = origin?.startsWith(`${ORIGIN_NAME} `) ?? false
    if (!shown && !ours && !isOnFile(serial)) return
    if (this.#lookedAt.size >= MAX_LOOKED_AT) return
    this.#lookedAt.set(serial, shown ? 'shown' : 'gone')
    const filters = [
      `${discoveryPrefix}/+/nest_${serial}/+/config`,
      ...(shown ? [] : [`${topicPrefix}/${serial}/#`]),
    ]
    this.#filters.push(...filters)
    this.#world.connection.subscribe(filters.map((filter) => ({ filter, retained: true })))
    if (!shown) this.#world.clear(configTopic(discoveryPrefix, 'climate', serial, CLIMATE_OBJECT))
  }
}

/** Who announced an entity, and in which version. */
function originOf(payload: Buffer): string | undefined {
  let config: JsonValue
  try {
    config = JSON.parse(payload.toString('utf8')) as JsonValue
  } catch {
    return undefined
  }
  const origin = isObject(config) ? config.origin : undefined
  return isObject(origin) ? `${String(origin.name)} ${String(origin.sw_version)}` : undefined
}
