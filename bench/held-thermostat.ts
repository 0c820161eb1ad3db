import { LeanConnection, type Route, routeOf } from './lean-connection.ts'
import { check } from './scenario.ts'
import { type Listed, seededList, serialOf, subscribeRequest } from './thermostat.ts'

/** One chunk that a held thermostat was sent. */
export interface Received {
  readonly document: string
  readonly atMs: number
}

/**
 * A thermostat that holds a subscription, lists what it was pushed from then on, and subscribes again
 * when the server ends the response.
 */
export class HeldThermostat {
  readonly serial: string
  readonly #port: number
  readonly #listed: Listed
  readonly #route: Route
  #connection: LeanConnection | undefined
  #waiting: ((received: Received) => void) | undefined
  #isAwaited: (document: string) => boolean = () => true
  #closed = false
  /** The first failure while no call was waiting. */
  error: Error | undefined
  /** Chunks that arrived while no call waited for them. */
  unexpected = 0
  /** How often it subscribed. */
  subscribes = 0

  constructor(
    serial: string,
    port: number,
    listed: Listed = seededList(serial),
    route: Route = {},
  ) {
    this.serial = serial
    this.#port = port
    this.#listed = listed
    this.#route = route
  }

  /** Connects and subscribes; resolves once the subscription is held. */
  async hold(): Promise<void> {
    this.#connection ??= await LeanConnection.open(this.#port, this.#route)
    const connection = this.#connection
    this.subscribes += 1
    await new Promise<void>((resolve, reject) => {
      connection.hold(subscribeRequest(this.serial, this.#listed), {
        head: (status) => {
          if (status === 200) resolve()
          else reject(new Error(`${status} for a subscribe`))
        },
        chunk: (document) => this.#take(document),
        end: () => void this.#again(),
        failed: (error) => {
          this.error ??= error
          reject(error)
        },
      })
    })
  }

  /** Resolves to the next chunk, or the next of those that are `awaited`. */
  chunk(awaited: (document: string) => boolean = () => true): Promise<Received> {
    return new Promise((resolve) => {
      this.#isAwaited = awaited
      this.#waiting = resolve
    })
  }

  /** Closes the connection until the next `hold`; keeps what it lists. */
  drop(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  close(): void {
    this.#closed = true
    this.#connection?.close()
  }

  #take(document: string): void {
    const atMs = performance.now()
    const waiting = this.#isAwaited(document) ? this.#waiting : undefined
    if (waiting === undefined) this.unexpected += 1
    else this.#waiting = undefined
    waiting?.({ document, atMs })
    if (!document.startsWith('{"objects":[{"object_revision":')) return
    for (const each of JSON.parse(document).objects) {
      this.#listed.set(each.object_key, {
        revision: each.object_revision,
        timestamp: each.object_timestamp,
      })
    }
  }

  async #again(): Promise<void> {
    if (this.#closed) return
    await this.hold().catch((error) => {
      this.error ??= error
    })
  }
}

/** How many connect at once: few enough that the client's own burst is not measured. */
const AT_ONCE = 64

/** Subscribes thermostats `from` to `to` and waits until all are held. */
export async function holdAll(port: number, from: number, to: number): Promise<HeldThermostat[]> {
  const all = Array.from(
    { length: to - from },
    (_, i) => new HeldThermostat(serialOf(from + i), port, undefined, routeOf(from + i)),
  )
  for (let i = 0; i < all.length; i += AT_ONCE) {
    await Promise.all(all.slice(i, i + AT_ONCE).map((one) => one.hold()))
  }
  return all
}

/** Closes all; throws when one failed or got an unexpected chunk. */
export function closeAll(all: readonly HeldThermostat[]): void {
  for (const one of all) one.close()
  const failed = all.find(({ error }) => error !== undefined)
  if (failed?.error !== undefined) throw failed.error
  const disturbed = all.filter(({ unexpected }) => unexpected > 0).length
  check(disturbed === 0, () => `${disturbed} held thermostats got an unexpected chunk`)
}
