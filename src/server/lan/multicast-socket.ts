import { createSocket, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import { type Allowance, type AllowanceRule, useAllowance } from '../../protocol/allowance.ts'
import type { Clock } from '../core/clock.ts'

/** Where everybody on a link asks and answers (RFC 6762). */
const GROUP = '224.0.0.251'
const PORT = 5353
/** The longest message that RFC 6762 allows. */
const MAX_BYTES = 9_000
/** Each question is answered on its own, and everybody hears each answer. */
const MAX_QUESTIONS = 16
/** Where the header counts the questions. */
const QUESTIONS_AT = 4
const HEADER_BYTES = 12
/** What a large home says fits; what is dropped of a flood is asked again. */
const READ: AllowanceRule = { atOnce: 200, perMinute: 3_000 }
const SENT: AllowanceRule = { atOnce: 50, perMinute: 600 }

/**
 * The socket of mDNS on one network interface, with limits: strangers can neither keep nle busy nor make it flood the
 * network. It has what the library uses of a socket of node:dgram, and emits `message`, and `lost` with a
 * reason when the socket fails.
 */
export class MulticastSocket extends EventEmitter {
  readonly #socket: Socket
  readonly #clock: Pick<Clock, 'now'>
  #read: Allowance | undefined
  #sent: Allowance | undefined
  #isEnding = false

  private constructor(socket: Socket, clock: Pick<Clock, 'now'>) {
    super()
    this.#socket = socket
    this.#clock = clock
    socket.on('error', (error) => this.emit('lost', error.message))
    socket.on('message', (message, from) => {
      if (this.#isWorthReading(message)) this.emit('message', message, from)
    })
  }

  /**
   * @param address - of the interface
   * @throws Error when a program keeps the port to itself, or the interface has no multicast
   */
  static async open(address: string, clock: Pick<Clock, 'now'>): Promise<MulticastSocket> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        // Bound to the group: what is sent to this machine alone is for other programs that share the port.
        socket.bind(PORT, GROUP, resolve)
      })
      socket.removeAllListeners('error')
      socket.addMembership(GROUP, address)
      socket.setMulticastInterface(address)
      socket.setMulticastTTL(255)
      return new MulticastSocket(socket, clock)
    } catch (error) {
      socket.on('error', () => {}).close()
      throw error
    }
  }

  /** Reads nothing more, so that what is sent from now on needs no limit. */
  stopReading(): void {
    this.#isEnding = true
  }

  /** As in node:dgram. Above the limit it drops the message, which is asked for again. */
  send(
    message: Uint8Array,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void {
    if (!this.#isEnding) {
      const use = useAllowance(SENT, this.#sent, this.#clock.now().steadyMs)
      if (!('allowance' in use)) {
        sent(null)
        return
      }
      this.#sent = use.allowance
    }
    this.#socket.send(message, offset, length, port, address, sent)
  }

  close(closed: () => void): void {
    this.#isEnding = true
    this.#socket.close(closed)
  }

  #isWorthReading(message: Buffer): boolean {
    if (this.#isEnding || message.length < HEADER_BYTES || message.length > MAX_BYTES) return false
    if (message.readUInt16BE(QUESTIONS_AT) > MAX_QUESTIONS) return false
    const use = useAllowance(READ, this.#read, this.#clock.now().steadyMs)
    if (!('allowance' in use)) return false
    this.#read = use.allowance
    return true
  }
}
