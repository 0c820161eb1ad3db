import type { Store } from '../../src/store/store.ts'
import { type LogEntry, VirtualThermostat } from '../../src/virtual/index.ts'
import { call, connections } from './call.ts'

/** Short enough that a thermostat is back within the next life of the server. */
const TIMES = {
  bootSettleMs: 20,
  acknowledgeMs: 10,
  passphrasePollMs: 100,
  firstPauseMs: 50,
  maxPauseMs: 400,
}

/** What one thermostat did in one life of the server, and before it in the time without one. */
interface Book {
  failedWithout: number
  failedWith: number
  subscribes: number
  pushes: number
}

const BLANK: Book = { failedWithout: 0, failedWith: 0, subscribes: 0, pushes: 0 }

export interface ThermostatReports {
  fail(what: string): void
  /** One of them got something. */
  pushed(): void
}

/** Paired thermostats that live through every crash, and what they bear of it. */
export class Thermostats {
  readonly serials: readonly string[]
  /** The most requests of one thermostat that failed for one crash. */
  worstFailures = 0
  readonly #all: VirtualThermostat[]
  readonly #books = new Map<string, Book>()
  readonly #reports: ThermostatReports
  #isServed = false

  constructor(serials: readonly string[], origin: string, reports: ThermostatReports) {
    this.serials = serials
    this.#reports = reports
    this.#all = serials.map((serial) => new VirtualThermostat({ serial, origin, ...TIMES }))
    for (const each of this.#all) each.on((entry) => this.#note(entry))
  }

  /** Switches them on and pairs them. */
  async pair(controlUrl: string): Promise<void> {
    const agent = connections()
    await Promise.all(
      this.#all.map(async (each) => {
        each.start()
        const body = { code: await each.whenCode(), userId: 'homeassistant' }
        await call(agent, { method: 'POST', url: `${controlUrl}/api/register`, body })
        await each.whenPaired()
        await each.waitFor('its first put', ({ unsettled }) => !unsettled)
      }),
    )
    agent.destroy()
  }

  /** A life of the server has begun: from now on no request has a reason to fail. */
  begin(): void {
    this.#isServed = true
  }

  /** All of them hold a subscription. */
  async back(): Promise<void> {
    const told = (each: VirtualThermostat): Promise<true> =>
      each.waitFor('a held subscription', ({ serial }) => this.#book(serial).subscribes > 0)
    await Promise.all(this.#all.map(told))
  }

  /** One of them reports what it measures. */
  sense(n: number): void {
    this.#all[n % this.#all.length]?.sense({ currentTemperature: 15 + (n % 100) / 10 })
  }

  /**
   * The life is about to be ended.
   *
   * @param withoutServerMs - how long it took from the crash before it until it served
   */
  end(withoutServerMs: number): void {
    this.#isServed = false
    // Each kind of request on its own: what was cut off, and then with pauses that double.
    const tries = 2 + Math.log2(1 + withoutServerMs / TIMES.firstPauseMs)
    const most = 3 * Math.ceil(tries + withoutServerMs / TIMES.maxPauseMs)
    for (const [serial, { failedWithout, failedWith, subscribes, pushes }] of this.#books) {
      this.worstFailures = Math.max(this.worstFailures, failedWithout)
      if (failedWithout > most)
        this.#reports.fail(`${failedWithout} requests of ${serial} failed at once`)
      if (failedWith > 0)
        this.#reports.fail(`${failedWith} requests of ${serial} failed while it was served`)
      // One to come back, and one after each answer that carried something.
      if (subscribes > 2 + pushes) this.#reports.fail(`${serial} subscribed ${subscribes} times`)
    }
    this.#books.clear()
  }

  /** They have what the server has, and have kept to the protocol with it. */
  check(store: Store): void {
    for (const each of this.#all) {
      for (const type of ['shared', 'device', 'structure']) {
        const stored = store.buckets
          .ofDevice(each.serial)
          .find(({ objectKey }) => objectKey.startsWith(`${type}.`))
        const own = each.value(stored?.objectKey ?? type)
        for (const [field, value] of Object.entries(own)) {
          const here = stored?.value[field]
          if (JSON.stringify(here) === JSON.stringify(value)) continue
          // A companion of `set_away`: it may have arrived although the order was superseded, and says
          // no more than what is absent does.
          if (field === 'away' && value === false && here === undefined) continue
          const other = JSON.stringify(here)
          this.#reports.fail(
            `${type} of ${each.serial}: ${field} is ${JSON.stringify(value)}, here ${other}`,
          )
        }
      }
      for (const { rule, detail, timing } of each.violations) {
        if (!timing) this.#reports.fail(`${rule}, seen by ${each.serial}: ${detail}`)
      }
    }
  }

  /** Nothing waits to be put or applied. */
  async settled(): Promise<void> {
    await Promise.all(
      this.#all.map((each) => each.waitFor('being settled', ({ unsettled }) => !unsettled)),
    )
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  #note(entry: LogEntry): void {
    const book = this.#book(entry.serial)
    if (entry.kind === 'failed') {
      if (this.#isServed) book.failedWith++
      else book.failedWithout++
      if (entry.status !== undefined && entry.status >= 400) {
        this.#reports.fail(`${entry.request} of ${entry.serial} was answered with ${entry.status}`)
      }
    } else if (entry.kind === 'answered' && entry.request === 'subscribe') {
      book.subscribes++
    } else if (entry.kind === 'push') {
      book.pushes++
      this.#reports.pushed()
    }
  }

  #book(serial: string): Book {
    const book = this.#books.get(serial) ?? { ...BLANK }
    this.#books.set(serial, book)
    return book
  }
}
