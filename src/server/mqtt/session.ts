import { hash } from 'node:crypto'
import type { BrokerConfig } from '../../protocol/mqtt/broker-config.ts'
import { nextChangeMs } from '../../protocol/mqtt/countdown.ts'
import { deliveryEvent } from '../../protocol/mqtt/delivery-event.ts'
import { deviceTopics } from '../../protocol/mqtt/device-topics.ts'
import {
  commandFilter,
  homeAssistantTopic,
  serverTopic,
  stateTopic,
} from '../../protocol/mqtt/topics.ts'
import type { Timer } from '../core/clock.ts'
import { viewOf } from '../thermostats/views.ts'
import type { Connection } from './connection.ts'
import { Inbox, type InboxServices } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { Leftovers } from './stale-topics.ts'

/** How long changes of a thermostat are gathered: a put and what follows from it are one. */
const GATHER_MS = 50
/** Thermostats brought up to date before others get their turn again. */
const PER_TURN = 4
/** Home Assistant says it once; whoever says it a thousand times is answered once. */
const REDISCOVER_MS = 250

export interface SessionOptions {
  readonly config: BrokerConfig
  readonly version: string
}

/**
 * One connection's worth of MQTT: everything is published when it begins, and then only what really
 * changes. It remembers what it published, by topic, and forgets it with the connection.
 */
export class Session {
  readonly #services: InboxServices
  readonly #options: SessionOptions
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #connection: Connection
  #leftovers: Leftovers | undefined
  /** By thermostat and topic: a fingerprint of what was published. */
  readonly #published = new Map<string, Map<string, string>>()
  readonly #dirty = new Set<string>()
  readonly #countdowns = new Map<string, Timer>()
  readonly #unlisten: (() => void)[]
  #gathering: Timer | undefined
  #rediscovering: Timer | undefined
  #working = false
  #closed = false
  #sent = 0

  constructor(services: InboxServices, options: SessionOptions, connection: Connection) {
    this.#services = services
    this.#options = options
    this.#connection = connection
    this.#outbox = new Outbox((message, acknowledged) => {
      this.#sent += 1
      connection.publish(message, acknowledged)
    })
    this.#inbox = new Inbox(services, options.config.topicPrefix)
    const { events } = services.core
    // These run in the turn of a thermostat's request: they only take note.
    this.#unlisten = [
      events.on('deviceChanged', (serial) => this.#mark(serial)),
      events.on('deviceRemoved', (serial) => this.#mark(serial)),
      events.on('availabilityChanged', (serial) => this.#mark(serial)),
      events.on('changeMoved', (change) => {
        const payload = deliveryEvent(change)
        if (payload === undefined || !this.#isShown(change.serial)) return
        const topic = stateTopic(options.config.topicPrefix, change.serial, 'delivery')
        this.#outbox.putEvent({ topic, payload, retain: false })
      }),
    ]
  }

  /** Subscribes, and publishes everything. */
  start(): void {
    const { config, version } = this.#options
    const { core } = this.#services
    this.#connection.subscribe([
      { filter: commandFilter(config.topicPrefix), retained: false },
      ...(config.homeAssistantDiscovery
        ? [{ filter: homeAssistantTopic(config.discoveryPrefix), retained: false }]
        : []),
    ])
    if (config.homeAssistantDiscovery) {
      this.#leftovers = new Leftovers({
        ...config,
        version,
        connection: this.#connection,
        clock: core.clock,
        isShown: (serial) => this.#isShown(serial),
        isOnFile: (serial) => core.store.devices.get(serial) !== undefined,
        isWanted: (serial, topic) => {
          if (!this.#published.has(serial)) this.#sync(serial)
          return this.#published.get(serial)?.has(topic) ?? false
        },
        clear: (topic) => this.#outbox.put({ topic, payload: '', retain: true }),
      })
    }
    this.#outbox.put({ topic: serverTopic(config.topicPrefix), payload: 'online', retain: true })
    for (const { serial } of core.store.owners.all()) this.#dirty.add(serial)
    this.#work()
  }

  /** Takes a message from the broker. */
  message(topic: string, payload: Buffer, retained: boolean): void {
    if (topic === homeAssistantTopic(this.#options.config.discoveryPrefix)) {
      if (!retained && payload.toString('utf8') === 'online') this.#rediscover()
      return
    }
    if (retained) this.#leftovers?.offer(topic, payload)
    // Without version 5 the broker repeats retained commands, whatever was asked for.
    if (!(retained && payload.length === 0)) this.#inbox.offer(topic, payload, retained)
  }

  /** The broker's access rules are not what they have to be. */
  refused(topic: string, reason: string): void {
    // One of a kind says it all: there are hundreds of topics.
    const { topicPrefix } = this.#options.config
    const whose = topic.startsWith(`${topicPrefix}/`) ? `${topicPrefix}/#` : topic.split('/')[0]
    this.#services.complaints.warn('the MQTT broker refuses a topic', {
      topic: whose ?? topic,
      reason,
    })
  }

  get counts(): { sent: number; waiting: number; refused: number; thermostats: number } {
    return {
      sent: this.#sent,
      waiting: this.#outbox.size,
      refused: this.#inbox.refused,
      thermostats: this.#published.size,
    }
  }

  /**
   * Says goodbye: resolves once the broker has it.
   *
   * @param forget - topics to take away, because nobody will keep them up to date any more
   */
  async farewell(forget: (topic: string) => boolean): Promise<void> {
    this.#stopListening()
    for (const topics of this.#published.values()) {
      for (const topic of topics.keys()) {
        if (forget(topic)) this.#outbox.put({ topic, payload: '', retain: true })
      }
    }
    const topic = serverTopic(this.#options.config.topicPrefix)
    this.#outbox.put({ topic, payload: forget(topic) ? '' : 'offline', retain: true })
    await this.#outbox.emptied()
  }

  /** The connection is gone: forgets everything. */
  close(): void {
    this.#stopListening()
    this.#outbox.close()
    this.#published.clear()
  }

  #stopListening(): void {
    this.#closed = true
    for (const unlisten of this.#unlisten.splice(0)) unlisten()
    const { clock } = this.#services.core
    for (const timer of [this.#gathering, this.#rediscovering, ...this.#countdowns.values()]) {
      if (timer !== undefined) clock.clearTimer(timer)
    }
    this.#countdowns.clear()
    this.#inbox.close()
    this.#leftovers?.close()
  }

  #isShown(serial: string): boolean {
    return this.#services.core.store.owners.get(serial) !== undefined
  }

  #mark(serial: string): void {
    this.#dirty.add(serial)
    if (this.#closed || this.#working || this.#gathering !== undefined) return
    this.#gathering = this.#services.core.clock.setTimer(GATHER_MS, () => {
      this.#gathering = undefined
      this.#work()
    })
  }

  #work(): void {
    if (this.#working || this.#closed) return
    this.#working = true
    setImmediate(() => {
      this.#working = false
      let room = PER_TURN
      for (const serial of this.#dirty) {
        if (this.#closed || room-- === 0) break
        this.#dirty.delete(serial)
        this.#sync(serial)
      }
      if (this.#dirty.size > 0) this.#work()
    })
  }

  /** Publishes what is different from what was published, and takes away what is no more. */
  #sync(serial: string): void {
    const { store, clock, contacts, health } = this.#services.core
    try {
      const view = this.#isShown(serial) ? viewOf(store, serial, clock.now().wallMs) : undefined
      const { config, version } = this.#options
      const wanted =
        view === undefined
          ? new Map<string, string>()
          : deviceTopics(view, contacts.isAvailable(serial), { ...config, version })
      this.#publish(serial, wanted)
      this.#countDown(serial, view === undefined ? undefined : nextChangeMs(view))
    } catch (error) {
      health.complain('a thermostat could not be published', error, { serial })
    }
  }

  #publish(serial: string, wanted: ReadonlyMap<string, string>): void {
    const known = this.#published.get(serial) ?? new Map<string, string>()
    for (const [topic, payload] of wanted) {
      const print = fingerprint(payload)
      if (known.get(topic) === print) continue
      known.set(topic, print)
      this.#outbox.put({ topic, payload, retain: true })
    }
    for (const topic of known.keys()) {
      if (wanted.has(topic)) continue
      known.delete(topic)
      this.#outbox.put({ topic, payload: '', retain: true })
    }
    if (known.size > 0) this.#published.set(serial, known)
    else this.#published.delete(serial)
  }

  /** Comes back when a timer of the thermostat has moved on. */
  #countDown(serial: string, afterMs: number | undefined): void {
    const { clock } = this.#services.core
    const before = this.#countdowns.get(serial)
    if (before !== undefined) clock.clearTimer(before)
    if (afterMs === undefined) {
      this.#countdowns.delete(serial)
      return
    }
    // A moment later, so that it is over for sure.
    const timer = clock.setTimer(afterMs + 20, () => {
      this.#countdowns.delete(serial)
      this.#mark(serial)
    })
    this.#countdowns.set(serial, timer)
  }

  /** Home Assistant has started: every configuration again. */
  #rediscover(): void {
    if (this.#rediscovering !== undefined || this.#closed) return
    this.#rediscovering = this.#services.core.clock.setTimer(REDISCOVER_MS, () => {
      this.#rediscovering = undefined
      const start = `${this.#options.config.discoveryPrefix}/`
      for (const [serial, topics] of this.#published) {
        // Another fingerprint than any, so that they are not taken for ones to take away either.
        for (const topic of topics.keys()) if (topic.startsWith(start)) topics.set(topic, '')
        this.#dirty.add(serial)
      }
      this.#work()
    })
  }
}

/** Short enough to keep for every topic. */
function fingerprint(payload: string): string {
  return payload.length <= 40 ? payload : hash('sha1', payload, 'base64')
}
