import { isUtf8 } from 'node:buffer'
import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { command, type Instruction } from '../../protocol/mqtt/entity.ts'
import { instructions } from '../../protocol/mqtt/instructions.ts'
import { type CommandAddress, parseCommandTopic } from '../../protocol/mqtt/topics.ts'
import type { Core } from '../core/core.ts'
import { CLIENT_MISTAKE_QUIET_MS } from '../core/logger.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Commands } from '../thermostats/commands.ts'
import { RangeJoiner } from './range-joiner.ts'
import { loadThermostat } from './storage.ts'

/** Messages handled before the event loop serves thermostats again. */
const PER_TURN = 8
/** The longest payload; the largest schedule is about half as long. */
const MAX_PAYLOAD_BYTES = 256 * 1024
/** Messages that wait, at most. */
const MAX_WAITING = 1024
const NOT_PAIRED = 'no such thermostat is paired'

export interface InboxServices {
  readonly core: Core
  readonly commands: Commands
  readonly pairing: Pairing
}

interface WaitingMessage {
  readonly topic: string
  readonly address: CommandAddress
  readonly payload: Buffer
}

/**
 * Turns messages on command topics into commands, which are checked and delivered like any other. They are
 * handled a few per turn of the event loop. Of several that wait on the topic of one field, only the latest
 * is handled; those with an object of fields may each have other fields, so all of them are.
 */
export class Inbox {
  readonly #services: InboxServices
  readonly #prefix: string
  readonly #mayBePaired: (serial: string) => boolean
  /** By topic, and for objects of fields by message. */
  readonly #waiting = new Map<string, WaitingMessage>()
  #objects = 0
  readonly #ranges: RangeJoiner
  #working = false
  #closed = false
  #refused = 0

  /** @param mayBePaired - false only for a serial that is surely not paired */
  constructor(services: InboxServices, prefix: string, mayBePaired: (serial: string) => boolean) {
    this.#services = services
    this.#prefix = prefix
    this.#mayBePaired = mayBePaired
    this.#ranges = new RangeJoiner(services.core.clock, (serial, value) =>
      this.#carryOut(serial, [command('set_temperature', value)], `${prefix}/${serial}`),
    )
  }

  get refused(): number {
    return this.#refused
  }

  /** Takes a message; ignores topics that do not end like a command topic. */
  offer(topic: string, payload: Buffer, retained: boolean): void {
    const address = parseCommandTopic(this.#prefix, topic)
    const isObjectOfFields = address !== undefined && address.name === undefined
    const key = isObjectOfFields ? `${topic} ${this.#objects++}` : topic
    if (address === undefined) {
      if (topic.endsWith('/set')) this.#refuse(topic, 'there is no such command topic')
    } else if (retained) {
      // Every new connection would carry it out again.
      this.#refuse(topic, 'a retained command is not carried out')
    } else if (payload.length > MAX_PAYLOAD_BYTES) {
      this.#refuse(topic, 'the payload is too long')
    } else if (!this.#mayBePaired(address.serial)) {
      this.#refuse(topic, NOT_PAIRED)
    } else if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(key)) {
      this.#refuse(topic, 'too many commands wait')
    } else {
      // The latest message goes to the end, so that commands run in the order in which they came.
      this.#waiting.delete(key)
      this.#waiting.set(key, { topic, address, payload })
      this.#work()
    }
  }

  /** Drops the messages that wait. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#ranges.close()
  }

  #work(): void {
    if (this.#working || this.#closed) return
    this.#working = true
    setImmediate(async () => {
      let room = PER_TURN
      for (const [key, { topic, address, payload }] of this.#waiting) {
        if (room-- === 0) break
        this.#waiting.delete(key)
        await this.#handle(topic, address, payload)
      }
      this.#working = false
      if (this.#waiting.size > 0) this.#work()
    })
  }

  async #handle(topic: string, address: CommandAddress, payload: Buffer): Promise<void> {
    const { serial } = address
    try {
      if (!isUtf8(payload)) throw new NleError('invalid', 'the payload is not UTF-8')
      const text = new TextDecoder().decode(payload)
      const loaded = await loadThermostat(this.#services.core, serial)
      if (this.#closed) return
      if (!loaded?.isPaired) throw new NleError('not_found', NOT_PAIRED)
      const wanted = instructions(address, text, loaded.view)
      const bound = oneBound(wanted)
      if (bound === undefined) this.#carryOut(serial, wanted, topic)
      else this.#ranges.offer(serial, bound)
    } catch (error) {
      this.#failed(topic, error)
    }
  }

  /** The commands of one message are accepted together or not at all. */
  #carryOut(serial: string, wanted: readonly Instruction[], topic: string): void {
    const { commands, pairing } = this.#services
    const requests = wanted.filter((each) => each.type === 'command')
    const done: Promise<unknown>[] =
      requests.length > 0 ? [commands.together(serial, requests)] : []
    if (wanted.some(({ type }) => type === 'dismissPairing')) done.push(pairing.dismiss(serial))
    Promise.all(done).catch((error: unknown) => this.#failed(topic, error))
  }

  #failed(topic: string, error: unknown): void {
    const { health } = this.#services.core
    if (health.notice(error)) this.#refused += 1
    else if (error instanceof NleError) this.#refuse(topic, error.message)
    else health.complain('an MQTT command failed', error)
  }

  #refuse(topic: string, reason: string): void {
    this.#refused += 1
    this.#services.core.log.warn(
      'MQTT message refused',
      { topic: topic.slice(0, 160), reason: reason.slice(0, 200) },
      { quietMs: CLIENT_MISTAKE_QUIET_MS },
    )
  }
}

/** The value of a single command that sets one bound of a range and leaves the other. */
function oneBound([instruction, ...more]: readonly Instruction[]): JsonObject | undefined {
  if (instruction?.type !== 'command' || more.length > 0) return undefined
  const { command, value } = instruction
  if (command !== 'set_temperature' || !isObject(value)) return undefined
  return Object.keys(value).length === 1 ? value : undefined
}
