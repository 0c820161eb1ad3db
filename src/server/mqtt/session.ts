import { hash } from 'node:crypto'
import type { BrokerConfig } from '../../protocol/mqtt/broker-config.ts'
import { nextChangeMs } from '../../protocol/mqtt/countdown.ts'
import { deliveryEvent, deviceTopics } from '../../protocol/mqtt/device-topics.ts'
import {
  commandFilters,
  homeAssistantTopic,
  noticeTopic,
  serverTopic,
  stateTopic,
} from '../../protocol/mqtt/topics.ts'
import type { Timer } from '../core/clock.ts'
import { CLIENT_MISTAKE_QUIET_MS } from '../core/logger.ts'
import type { Connection } from './connection.ts'
import { Inbox, type InboxServices } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { StaleTopics } from './stale-topics.ts'
import { loadThermostat } from './storage.ts'

/** How long a thermostat's changes are gathered: a put and its consequences are published as one. */
const GATHER_MS = 50
/** Thermostats published before the event loop serves others again. */
const PER_TURN = 4
/** No thermostat is loaded while more messages wait: what waits at the start would be all topics of all of them. */
const MAX_WAITING = 512
/** Several starts of Home Assistant within this time are answered once. */
const REDISCOVER_MS = 250
/** Differs from every fingerprint: the topic is at the broker, and has to be published again. */
const OUTDATED = ''

/** `version` is that of nle. */
type SessionConfig = BrokerConfig & { readonly version: string }

/**
 * The exchange over one connection to the broker: publishes everything when it begins, then only
 * topics that change. It remembers what it published, by topic, as long as the connection lasts.
 */
export class Session {
  readonly #services: InboxServices
  readonly #config: SessionConfig
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #connection: Connection
  #staleTopics: StaleTopics | undefined
  /** Thermostats that were paired when they were last loaded. */
  readonly #paired = new Set<string>()
  /** By thermostat and topic: a fingerprint of what was published. */
  readonly #published = new Map<string, Map<string, string>>()
  /** Thermostats to load and publish. */
  readonly #dirty = new Set<string>()
  #syncing: string | undefined
  readonly #unlisten: (() => void)[]
  /** Timers by what they do. */
  readonly #timers = new Map<string, Timer>()
  /** Also while the session starts: the first publication is the server's own. */
  #working = true
  #closed = false
  #sent = 0

  constructor(services: InboxServices, config: SessionConfig, connection: Connection) {
    this.#services = services
    this.#config = config
    this.#connection = connection
    this.#outbox = new Outbox((message, acknowledged) => {
      this.#sent += 1
      connection.publish(message, acknowledged)
    })
    const { topicPrefix } = config
    this.#inbox = new Inbox(services, topicPrefix, (serial) => this.#mayBePaired(serial))
    const { events } = services.core
    // Listeners run in the turn of a thermostat's request, so they only mark it.
    this.#unlisten = [
      events.on('deviceChanged', (serial) => this.#mark(serial)),
      events.on('availabilityChanged', (serial) => this.#mark(serial)),
      events.on('changeMoved', (change) => {
        const payload = deliveryEvent(change)
        if (payload === undefined || !this.#paired.has(change.serial)) return
        const topic = stateTopic(topicPrefix, change.serial, 'delivery')
        this.#outbox.putEvent({ topic, payload, retain: false })
      }),
      events.on('noticed', (notice) => {
        const payload = JSON.stringify(notice)
        this.#outbox.putEvent({ topic: noticeTopic(topicPrefix), payload, retain: false })
      }),
    ]
  }

  /** Subscribes, and publishes everything. */
  async start(): Promise<void> {
    const config = this.#config
    const { core } = this.#services
    const known = await core.store.thermostats()
    if (this.#closed) return
    const filters = commandFilters(config.topicPrefix)
    if (config.homeAssistantDiscovery) filters.push(homeAssistantTopic(config.discoveryPrefix))
    this.#connection.subscribe(filters.map((filter) => ({ filter, retained: false })))
    if (config.homeAssistantDiscovery) {
      this.#staleTopics = new StaleTopics({
        ...config,
        connection: this.#connection,
        clock: core.clock,
        load: (serial) => loadThermostat(core, serial),
        adopt: (serial, topic) => this.#adopt(serial, topic),
        clear: (topic) => this.#outbox.put({ topic, payload: '', retain: true }),
      })
    }
    this.#outbox.put({ topic: serverTopic(config.topicPrefix), payload: 'online', retain: true })
    for (const { serial, owner } of known) {
      if (owner === undefined) continue
      this.#paired.add(serial)
      this.#dirty.add(serial)
    }
    this.#working = false
    this.#work()
  }

  message(topic: string, payload: Buffer, retained: boolean): void {
    if (topic === homeAssistantTopic(this.#config.discoveryPrefix)) {
      if (!retained && payload.toString('utf8') === 'online') this.#rediscover()
      return
    }
    if (retained) {
      this.#staleTopics
        ?.offer(topic, payload)
        .catch((error) =>
          this.#services.core.health.complain('a retained topic could not be checked', error),
        )
    }
    // A broker of 3.1.1 sends retained commands, although the subscription did not ask for them.
    if (!(retained && payload.length === 0)) this.#inbox.offer(topic, payload, retained)
  }

  /** The broker's access rules do not allow a topic. */
  refused(topic: string, reason: string): void {
    const own = `${this.#config.topicPrefix}/`
    // One line for each kind of topic: there are hundreds of topics.
    const kind = topic.startsWith(own) ? `${own}#` : topic.replace(/\/.*/s, '')
    this.#services.core.log.warn(
      'the MQTT broker refuses a topic',
      { topic: kind, reason },
      { quietMs: CLIENT_MISTAKE_QUIET_MS },
    )
  }

  /** As the control API shows them. */
  get counts() {
    return {
      thermostats: this.#paired.size,
      messagesSent: this.#sent,
      messagesWaiting: this.#outbox.size,
      messagesRefused: this.#inbox.refused,
    }
  }

  /**
   * Publishes that the server goes offline; resolves once the broker has acknowledged it.
   *
   * @param forget - topics to clear, because no session will keep them up to date
   */
  async farewell(forget: (topic: string) => boolean): Promise<void> {
    this.#stopListening()
    for (const topics of this.#published.values()) {
      for (const topic of topics.keys()) {
        if (forget(topic)) this.#outbox.put({ topic, payload: '', retain: true })
      }
    }
    const topic = serverTopic(this.#config.topicPrefix)
    this.#outbox.put({ topic, payload: forget(topic) ? '' : 'offline', retain: true })
    await this.#outbox.downTo(0)
  }

  /** The connection is gone: drops everything. */
  close(): void {
    this.#stopListening()
    this.#outbox.close()
    this.#published.clear()
  }

  #stopListening(): void {
    this.#closed = true
    for (const unlisten of this.#unlisten.splice(0)) unlisten()
    for (const timer of this.#timers.values()) this.#services.core.clock.clearTimer(timer)
    this.#timers.clear()
    this.#inbox.close()
    this.#staleTopics?.close()
  }

  /** False only for a serial that is surely not paired; the next load tells. */
  #mayBePaired(serial: string): boolean {
    return this.#paired.has(serial) || this.#dirty.has(serial) || this.#syncing === serial
  }

  #mark(serial: string): void {
    this.#dirty.add(serial)
    if (!this.#working) this.#later('gather', GATHER_MS, () => this.#work())
  }

  /** Calls `act` after a while, unless the same is due already. */
  #later(what: string, ms: number, act: () => void): void {
    if (this.#closed || this.#timers.has(what)) return
    const timer = this.#services.core.clock.setTimer(ms, () => {
      this.#timers.delete(what)
      act()
    })
    this.#timers.set(what, timer)
  }

  /** The next sync publishes the topic again, or clears it when the thermostat does not have it. */
  #adopt(serial: string, topic: string): void {
    const topics = this.#published.get(serial) ?? new Map<string, string>()
    if (this.#closed || topics.has(topic)) return
    this.#published.set(serial, topics.set(topic, OUTDATED))
    this.#mark(serial)
  }

  /** Syncs a few dirty thermostats per turn, one at a time: the last state loaded is published last. */
  #work(): void {
    if (this.#working || this.#closed) return
    this.#working = true
    setImmediate(async () => {
      await this.#outbox.downTo(MAX_WAITING)
      let room = PER_TURN
      for (const serial of this.#dirty) {
        if (this.#closed || room-- === 0) break
        this.#dirty.delete(serial)
        this.#syncing = serial
        await this.#sync(serial)
        this.#syncing = undefined
      }
      this.#working = false
      if (this.#dirty.size > 0) this.#work()
    })
  }

  /** Loads a thermostat, publishes topics that differ from what was published, clears those it lost. */
  async #sync(serial: string): Promise<void> {
    const { core } = this.#services
    try {
      const loaded = await loadThermostat(core, serial)
      if (this.#closed) return
      if (!loaded?.isPaired) {
        this.#paired.delete(serial)
        this.#publish(serial, new Map())
        this.#countDown(serial, undefined)
        return
      }
      this.#paired.add(serial)
      await core.presence.learn([serial])
      if (this.#closed) return
      const isAvailable = core.presence.isAvailable(serial)
      this.#publish(serial, deviceTopics(loaded.view, isAvailable, this.#config))
      this.#countDown(serial, nextChangeMs(loaded.view))
    } catch (error) {
      core.health.complain('a thermostat could not be published', error, { serial })
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

  /** Marks the thermostat when a running timer of its changes a topic. */
  #countDown(serial: string, afterMs: number | undefined): void {
    const what = `count down ${serial}`
    this.#services.core.clock.clearTimer(this.#timers.get(what))
    this.#timers.delete(what)
    // 20 ms later, so that the thermostat's timer is surely over.
    if (afterMs !== undefined) this.#later(what, afterMs + 20, () => this.#mark(serial))
  }

  /** Home Assistant has started: publishes every configuration again. */
  #rediscover(): void {
    this.#later('rediscover', REDISCOVER_MS, () => {
      const start = `${this.#config.discoveryPrefix}/`
      for (const [serial, topics] of this.#published) {
        for (const topic of topics.keys()) if (topic.startsWith(start)) topics.set(topic, OUTDATED)
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
