import { connect, type Socket } from 'node:net'
import { LeanConnection, type Reply } from '../../bench/lean-connection.ts'
import { sleep } from '../../bench/scenario.ts'
import { SERVER, strangerAddress } from './network.ts'

export type Listener = 'device' | 'control'

/** What strangers know of the server. */
export interface Target {
  readonly devicePort: number
  readonly controlPort: number
  readonly databasePath: string
  /** The command of nle, without its arguments. */
  readonly nle: readonly string[]
}

/** What strangers did and what they got. */
export interface Score {
  /** By what was asked and what came, such as `guess 429`. */
  readonly counts: Readonly<Record<string, number>>
  readonly sentBytes: number
  /** What the server did wrong. */
  readonly failures: readonly string[]
}

/** The strangers of one attack. They share a process, and a time at which they stop. */
export class Crowd {
  readonly target: Target
  readonly seconds: number
  /** Resolves when their time is over. */
  readonly end: Promise<void>
  readonly #endsAtMs: number
  readonly #counts: Record<string, number> = {}
  readonly #failures = new Set<string>()
  #sentBytes = 0

  constructor(target: Target, seconds: number) {
    this.target = target
    this.seconds = seconds
    this.end = sleep(seconds * 1000)
    this.#endsAtMs = performance.now() + seconds * 1000
  }

  get isOver(): boolean {
    return this.leftMs <= 0
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now())
  }

  get score(): Score {
    return { counts: this.#counts, sentBytes: this.#sentBytes, failures: [...this.#failures] }
  }

  count(what: string, times = 1): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + times
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes
  }

  fail(what: string): void {
    this.#failures.add(what)
  }

  port(listener: Listener): number {
    return listener === 'device' ? this.target.devicePort : this.target.controlPort
  }

  /** A bare connection. Errors are for its `close` handlers. */
  connect(listener: Listener, from: string): Socket {
    const socket = connect({ port: this.port(listener), ...routeFrom(from) })
    socket.on('error', () => {})
    return socket
  }

  /**
   * Lets a stranger at each address act again and again.
   *
   * @param everyMs - the least time between two acts of one of them
   * @param isOver - when they stop
   */
  async repeat(
    addresses: readonly string[],
    everyMs: number,
    act: (stranger: Stranger) => Promise<void>,
    isOver: () => boolean = () => this.isOver,
  ): Promise<void> {
    await Promise.all(
      addresses.map(async (address) => {
        const stranger = new Stranger(this, address)
        while (!isOver()) {
          const next = sleep(Math.min(everyMs, this.leftMs))
          await act(stranger)
          await next
        }
        stranger.close()
      }),
    )
  }
}

/** Some IPv4 addresses of strangers. */
export function addresses(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, n) => strangerAddress(first + n))
}

function routeFrom(address: string): { host: string; localAddress: string } {
  return { host: address.includes(':') ? SERVER.v6 : SERVER.v4, localAddress: address }
}

/** A stranger at one address, who keeps a connection to each listener. */
export class Stranger {
  readonly address: string
  readonly #crowd: Crowd
  readonly #connections = new Map<Listener, LeanConnection>()

  constructor(crowd: Crowd, address: string) {
    this.#crowd = crowd
    this.address = address
  }

  /**
   * Sends a request and counts its answer.
   *
   * @returns undefined when there was none in time
   */
  async ask(listener: Listener, what: string, request: string): Promise<Reply | undefined> {
    const crowd = this.#crowd
    try {
      const connection = await this.#connection(listener)
      crowd.sent(request.length)
      const reply = await Promise.race([connection.ask(request), crowd.end])
      if (reply === undefined) return undefined
      crowd.count(`${what} ${reply.status}`)
      return reply
    } catch {
      this.#connections.delete(listener)
      crowd.count(`${what} without an answer`)
      return undefined
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  async #connection(listener: Listener): Promise<LeanConnection> {
    const kept = this.#connections.get(listener)
    if (kept !== undefined) return kept
    const port = this.#crowd.port(listener)
    const connection = await LeanConnection.open(port, routeFrom(this.address))
    this.#connections.set(listener, connection)
    return connection
  }
}
