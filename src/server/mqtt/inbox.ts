import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import type { Instruction } from '../../protocol/mqtt/entity.ts'
import { instructions } from '../../protocol/mqtt/instructions.ts'
import { type CommandAddress, parseCommandTopic } from '../../protocol/mqtt/topics.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { Core } from '../core/core.ts'
import type { LogOnce } from '../core/log-once.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Commands } from '../thermostats/commands.ts'
import { Bounds } from './range-pairing.ts'

/** Messages handled before thermostats get their turn again. */
const PER_TURN = 8
/** The longest payload; a schedule of every setpoint there can be is about half of it. */
const MAX_PAYLOAD_BYTES = 256 * 1024
/** Command topics that wait, at most; each waits once. */
const MAX_WAITING = 1024

export interface InboxServices {
  readonly core: Core
  readonly commands: Commands
  readonly pairing: Pairing
  readonly complaints: LogOnce
}

/**
 * Messages on command topics become commands, checked and delivered like everybody's. However many
 * arrive, only the latest of each topic is worked on, a few per turn of the event loop.
 */
export class Inbox {
  readonly #services: InboxServices
  readonly #prefix: string
  readonly #waiting = new Map<string, { address: CommandAddress; payload: Buffer }>()
  readonly #bounds: Bounds
  #scheduled = false
  #closed = false
  #refused = 0

  constructor(services: InboxServices, prefix: string) {
    this.#services = services
    this.#prefix = prefix
    this.#bounds = new Bounds(services.core.clock, (serial, value) =>
      this.#carryOut(
        serial,
        { type: 'command', command: 'set_temperature', value },
        `${prefix}/${serial}`,
      ),
    )
  }

  /** Messages that changed nothing. */
  get refused(): number {
    return this.#refused
  }

  /** Takes a message; whether its topic is a command topic at all. */
  offer(topic: string, payload: Buffer, retained: boolean): boolean {
    const address = parseCommandTopic(this.#prefix, topic)
    if (address === undefined) {
      if (!topic.endsWith('/set')) return false
      this.#refuse(topic, 'there is no such command topic')
      return true
    }
    if (retained) {
      // It would be carried out again at every connection.
      this.#refuse(topic, 'a retained command is not carried out')
    } else if (payload.length > MAX_PAYLOAD_BYTES) {
      this.#refuse(topic, 'the payload is too long')
    } else if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(topic)) {
      this.#refuse(topic, 'too many commands wait')
    } else {
      // The latest goes to the end: what was asked last is done last.
      this.#waiting.delete(topic)
      this.#waiting.set(topic, { address, payload })
      this.#schedule()
    }
    return true
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#bounds.close()
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      let room = PER_TURN
      for (const [topic, { address, payload }] of this.#waiting) {
        if (room-- === 0) break
        this.#waiting.delete(topic)
        void this.#handle(topic, address, payload)
      }
      if (this.#waiting.size > 0) this.#schedule()
    })
  }

  async #handle(topic: string, address: CommandAddress, payload: Buffer): Promise<void> {
    const { store, clock } = this.#services.core
    try {
      const text = decoded(payload)
      const state = await store.load(address.serial)
      const view = viewOf(state, clock.now().wallMs)
      if (view === undefined || state.owner === undefined) {
        throw new NleError('not_found', 'no such thermostat is paired')
      }
      for (const instruction of instructions(address, text, view)) {
        const bound = oneBound(instruction)
        if (bound === undefined) this.#carryOut(address.serial, instruction, topic)
        else this.#bounds.offer(address.serial, bound)
      }
    } catch (error) {
      this.#failed(topic, error)
    }
  }

  #carryOut(serial: string, instruction: Instruction, topic: string): void {
    const { commands, pairing } = this.#services
    const done: Promise<unknown> =
      instruction.type === 'command'
        ? commands.command(serial, instruction.command, instruction.value)
        : pairing.dismiss(serial)
    done.catch((error: unknown) => this.#failed(topic, error))
  }

  #failed(topic: string, error: unknown): void {
    const { health } = this.#services.core
    if (health.notice(error)) this.#refused += 1
    else if (error instanceof NleError) this.#refuse(topic, error.message)
    else health.complain('an MQTT command failed', error)
  }

  #refuse(topic: string, reason: string): void {
    this.#refused += 1
    this.#services.complaints.warn('MQTT message refused', {
      topic: topic.slice(0, 160),
      reason: reason.slice(0, 200),
    })
  }
}

/** @throws NleError `invalid` when it is not UTF-8 */
function decoded(payload: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch (cause) {
    throw new NleError('invalid', 'the payload is not UTF-8', { cause })
  }
}

/** The value of a command that sets one bound of a range and leaves the other. */
function oneBound(instruction: Instruction): JsonObject | undefined {
  if (instruction.type !== 'command' || instruction.command !== 'set_temperature') return undefined
  const { value } = instruction
  return isObject(value) && Object.keys(value).length === 1 ? value : undefined
}
