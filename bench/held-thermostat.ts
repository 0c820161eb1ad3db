import { LeanConnection } from './lean-connection.ts'
import { check } from './scenario.ts'
import { type Listed, seededList, serialOf, subscribeRequest } from './thermostat.ts'

/** What a held thermostat was sent: one chunk, at one moment. */
export interface Received {
  readonly document: string
  readonly atMs: number
}

/**
 * A thermostat that holds a subscription, takes what it is pushed, lists it from then on, and comes
 * back when the server ends the response.
 */
export class HeldThermostat {
  readonly serial: string
  readonly #port: number
  readonly #listed: Listed
  #connection: LeanConnection | undefined
  #waiting: ((received: Received) => void) | undefined
  #closed = false
  /** What went wrong while nobody waited. */
  error: Error | undefined
  /** Chunks that nobody waited for. */
  unasked = 0

  constructor(serial: string, port: number, listed: Listed = seededList(serial)) {
    this.serial = serial
    this.#port = port
    this.#listed = listed
  }

  /** Connects and subscribes; resolves once the server holds. */
  async hold(): Promise<void> {
    this.#connection ??= await LeanConnection.open(this.#port)
    const connection = this.#connection
    await new Promise<void>((resolve, reject) => {
      connection.hold(subscribeRequest(this.serial, this.#listed), {
        head: (status) => {
          if (status === 200) resolve()
          else reject(new Error(`subscribe was answered ${status}`))
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

  /** The next chunk, and when it came. */
  chunk(): Promise<Received> {
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  /** Its connection is gone, and it does not come back by itself; what it lists it goes on listing. */
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
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.unasked += 1
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

/** Connects at this pace, so that the client's own burst is not what is measured. */
const AT_ONCE = 64

/** Subscribes thermostats `from` to `to` and waits until all are held. */
export async function holdAll(port: number, from: number, to: number): Promise<HeldThermostat[]> {
  const all = Array.from(
    { length: to - from },
    (_, i) => new HeldThermostat(serialOf(from + i), port),
  )
  for (let i = 0; i < all.length; i += AT_ONCE) {
    await Promise.all(all.slice(i, i + AT_ONCE).map((one) => one.hold()))
  }
  return all
}

/** Closes all, after making sure that each was left in peace. */
export function closeAll(all: readonly HeldThermostat[]): void {
  for (const one of all) one.close()
  const failed = all.find(({ error }) => error !== undefined)
  if (failed?.error !== undefined) throw failed.error
  const disturbed = all.filter(({ unasked }) => unasked > 0).length
  check(disturbed === 0, () => `${disturbed} held thermostats were sent something nobody asked for`)
}
