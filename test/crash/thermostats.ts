import type { Store } from '../../src/store/store.ts'
import { type LogEntry, modelProfile, VirtualThermostat } from '../../src/virtual/index.ts'
import { call, connections } from './call.ts'

/** Short enough that a thermostat comes back within the next run of the server. */
const TIMES = {
  bootSettleMs: 20,
  acknowledgeMs: 10,
  passphrasePollMs: 100,
  firstPauseMs: 50,
  maxPauseMs: 400,
}

/** What one thermostat did in one run of the server and in the outage before it. */
interface Counts {
  failedWithout: number
  failedWith: number
  subscribes: number
  pushes: number
}

const NO_COUNTS: Counts = { failedWithout: 0, failedWith: 0, subscribes: 0, pushes: 0 }

export interface ThermostatReports {
  fail(what: string): void
  /** Called when one of them got a push. */
  pushed(): void
  /** Called for everything that one of them reports. */
  heard?(entry: LogEntry): void
  /** Whether they may be refused for a moment, because other servers stand in for one that ends. */
  readonly mayRefuse?: boolean
}

/** Thermostats that are paired at the same time. */
const PAIRED_AT_ONCE = 20

/** Paired thermostats that run through every crash, and what they noticed of it. */
export class Thermostats {
  readonly serials: readonly string[]
  /** The most requests of one thermostat that failed in one crash. */
  worstFailures = 0
  readonly #all: VirtualThermostat[]
  readonly #counts = new Map<string, Counts>()
  readonly #reports: ThermostatReports
  /** Serials of those that wait for the answer to a poll of v3. */
  readonly #polling = new Set<string>()
  #isServed = false

  constructor(serials: readonly string[], origin: string, reports: ThermostatReports) {
    this.serials = serials
    this.#reports = reports
    this.#all = serials.map((serial, i) => {
      // One of them has old firmware, which polls in transport v3 (section 11).
      const firmware = i === 0 ? '4.0.6' : '5.9.4'
      return new VirtualThermostat({ serial, origin, ...modelProfile({ firmware }), ...TIMES })
    })
    for (const each of this.#all) each.on((entry) => this.#note(entry))
  }

  /** Powers them on and pairs them. Rejects when a claim is refused. */
  async pair(controlUrl: string): Promise<void> {
    const agent = connections()
    const pair = (group: readonly VirtualThermostat[]) =>
      group.map(async (each) => {
        each.start()
        const body = { code: await each.whenCode(), userId: 'homeassistant' }
        const claim = { method: 'POST', url: `${controlUrl}/api/register`, body } as const
        const answer = await call(agent, claim)
        if (answer.type !== 'answered' || answer.body.success !== true) {
          throw new Error(`the claim of ${each.serial} was answered with ${JSON.stringify(answer)}`)
        }
        await each.whenPaired()
        await each.waitFor('its first put', ({ unsettled }) => !unsettled)
      })
    for (let first = 0; first < this.#all.length; first += PAIRED_AT_ONCE) {
      await Promise.all(pair(this.#all.slice(first, first + PAIRED_AT_ONCE)))
    }
    agent.destroy()
  }

  /** What each that is not paired yet waits for, in its last words; for people. */
  unpaired(): string {
    const waiting = this.#all.filter(({ paired, log }) => !paired && log.length > 0)
    return waiting.map(({ serial, log }) => `${serial}: ${JSON.stringify(log.at(-1))}`).join('\n')
  }

  /** Tells them that the server runs: from now on no request may fail. */
  begin(): void {
    this.#isServed = true
  }

  /** Resolves once each holds a subscription. */
  async back(): Promise<void> {
    const told = (each: VirtualThermostat): Promise<true> =>
      each.waitFor(
        'a held subscription',
        // A poll of v3 is answered only when there is something to say (V6).
        ({ serial }) => this.#countsOf(serial).subscribes > 0 || this.#polling.has(serial),
      )
    await Promise.all(this.#all.map(told))
  }

  /** Makes one of them report a temperature. */
  sense(n: number): void {
    this.#all[n % this.#all.length]?.sense({ currentTemperature: 15 + (n % 100) / 10 })
  }

  /**
   * Tells them that the server is about to be killed, and checks their counts.
   *
   * @param withoutServerMs - how long the outage before this run took
   */
  end(withoutServerMs: number): void {
    this.#isServed = false
    // For each of three kinds of request: the one cut off, and retries after pauses that double.
    const tries = 2 + Math.log2(1 + withoutServerMs / TIMES.firstPauseMs)
    const most = 3 * Math.ceil(tries + withoutServerMs / TIMES.maxPauseMs)
    for (const [serial, { failedWithout, failedWith, subscribes, pushes }] of this.#counts) {
      this.worstFailures = Math.max(this.worstFailures, failedWithout)
      if (failedWithout > most)
        this.#reports.fail(`${failedWithout} requests of ${serial} failed in one outage`)
      if (failedWith > 0)
        this.#reports.fail(`${failedWith} requests of ${serial} failed while the server ran`)
      // One to come back, and one after each answer that had a push.
      if (subscribes > 2 + pushes) this.#reports.fail(`${serial} subscribed ${subscribes} times`)
    }
    this.#counts.clear()
  }

  /** Checks that they have what the server has, and saw no violation. */
  async check(store: Store): Promise<void> {
    for (const each of this.#all) {
      const { buckets } = await store.load(each.serial)
      for (const type of ['shared', 'device', 'structure']) {
        const stored = [...buckets.values()].find(({ objectKey }) =>
          objectKey.startsWith(`${type}.`),
        )
        const own = each.value(stored?.objectKey ?? type)
        for (const [field, value] of Object.entries(own)) {
          const here = stored?.value[field]
          if (JSON.stringify(here) === JSON.stringify(value)) continue
          // A companion of `set_away`: it may have arrived although the command was superseded, and
          // false means the same as absent.
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

  /** Resolves once nothing waits to be put or applied. */
  async settled(): Promise<void> {
    await Promise.all(
      this.#all.map((each) => each.waitFor('being settled', ({ unsettled }) => !unsettled)),
    )
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  #note(entry: LogEntry): void {
    const counts = this.#countsOf(entry.serial)
    this.#reports.heard?.(entry)
    if ('request' in entry && entry.request === 'subscribe') {
      if (entry.kind === 'requested' && entry.url.includes('/v3/')) this.#polling.add(entry.serial)
      else this.#polling.delete(entry.serial)
    }
    if (entry.kind === 'failed') {
      if (this.#isServed) counts.failedWith++
      else counts.failedWithout++
      const isRefused = this.#reports.mayRefuse === true && (entry.status ?? 0) >= 502
      if (entry.status !== undefined && entry.status >= 400 && !isRefused) {
        this.#reports.fail(`${entry.request} of ${entry.serial} was answered with ${entry.status}`)
      }
    } else if (entry.kind === 'answered' && entry.request === 'subscribe') {
      counts.subscribes++
    } else if (entry.kind === 'push') {
      counts.pushes++
      this.#reports.pushed()
    }
  }

  #countsOf(serial: string): Counts {
    const counts = this.#counts.get(serial) ?? { ...NO_COUNTS }
    this.#counts.set(serial, counts)
    return counts
  }
}
