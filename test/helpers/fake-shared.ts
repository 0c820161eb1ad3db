import { isEmpty } from '../../src/protocol/thermostat/decision.ts'
import type { SharedStore } from '../../src/store/shared-store.ts'
import { SqliteHistory } from '../../src/store/sqlite/sqlite-history.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { ManualClock } from './manual-clock.ts'

interface Waiting {
  readonly gained: (epoch: number) => void
  readonly lost: () => void
  readonly process: FakeProcess
}

/** One of the processes on a `SharedDatabase`. */
export interface FakeProcess {
  readonly store: Store & { readonly shared: SharedStore }
  /** While true, it does not hear what others write; it hears of it afterwards. */
  isDeaf: boolean
  hear(): void
  /** Its connection fails: it loses its jobs. */
  loseJobs(): void
}

/** A database in memory with several processes on it, without PostgreSQL. */
export class SharedDatabase {
  readonly #clock: ManualClock
  readonly #store: SqliteStore
  readonly #history = Object.assign(new SqliteHistory(':memory:'), {
    prepareMonths: async () => {},
    dropMonths: async () => {},
    deleteLeft: async () => {},
  })
  readonly #processes: (FakeProcess & { heard(serials: string[]): void })[] = []
  readonly #jobs = new Map<string, { epoch: number; queue: Waiting[] }>()
  readonly #counts = new Map<string, number>()
  readonly #networks = new Map<string, string | undefined>()
  isReady = true

  constructor(clock: ManualClock) {
    this.#clock = clock
    this.#store = new SqliteStore(':memory:', { nowMs: clock.now().steadyMs })
  }

  close(): void {
    this.#store.close()
    this.#history.close()
  }

  process(): FakeProcess {
    const processId = `process${this.#processes.length + 1}`
    let listener: (serials: readonly string[]) => void = () => {}
    let missed: string[] = []
    const process: FakeProcess & { heard(serials: string[]): void } = {
      store: this.#storeFor(processId, () => process, {
        onChanged: (changed) => {
          listener = changed
          return () => {
            listener = () => {}
          }
        },
      }),
      isDeaf: false,
      heard(serials: string[]) {
        missed.push(...serials)
        if (!this.isDeaf) this.hear()
      },
      hear() {
        const serials = missed
        missed = []
        this.isDeaf = false
        if (serials.length > 0) listener(serials)
      },
      loseJobs: () => {
        for (const job of this.#jobs.values()) {
          if (job.queue[0]?.process === process) this.#passOn(job)
        }
      },
    }
    this.#processes.push(process)
    return process
  }

  #passOn(job: { epoch: number; queue: Waiting[] }): void {
    const [before] = job.queue.splice(0, 1)
    before?.lost()
    if (before !== undefined) job.queue.push(before)
    job.epoch += 1
    job.queue[0]?.gained(job.epoch)
  }

  #storeFor(
    processId: string,
    process: () => FakeProcess,
    { onChanged }: Pick<SharedStore, 'onChanged'>,
  ): FakeProcess['store'] {
    const { isReady, ...shared } = this.#shared(processId, process)
    const own: Partial<Store> = {
      shared: { ...shared, isReady, onChanged },
      decide: (serial, decide, done, failed) =>
        this.#store.decide(
          serial,
          decide,
          (decision) => {
            done(decision)
            if (isEmpty(decision.writes)) return
            for (const each of this.#processes) if (each !== process()) each.heard([serial])
          },
          failed,
        ),
      recordSeen: (seen) => {
        for (const [serial, { network }] of seen) this.#networks.set(serial, network)
        return this.#store.recordSeen(seen)
      },
      close: () => {},
    }
    const wrapped = new Proxy(this.#store, {
      get: (store, name) => {
        if (name in own) return own[name as keyof Store]
        const value: unknown = store[name as keyof SqliteStore]
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
    return wrapped as unknown as FakeProcess['store']
  }

  #shared(processId: string, process: () => FakeProcess): Omit<SharedStore, 'onChanged'> {
    return {
      processId,
      time: async () => this.#clock.now().steadyMs,
      exclusive: (name, gained, lost) => {
        const job = this.#jobs.get(name) ?? { epoch: 0, queue: [] }
        this.#jobs.set(name, job)
        const waiting = { gained, lost, process: process() }
        job.queue.push(waiting)
        if (job.queue.length === 1) {
          job.epoch += 1
          gained(job.epoch)
        }
        return async () => {
          const wasFirst = job.queue[0] === waiting
          job.queue.splice(job.queue.indexOf(waiting), 1)
          if (!wasFirst || job.queue[0] === undefined) return
          job.epoch += 1
          job.queue[0].gained(job.epoch)
        }
      },
      setIntegrationAs: async ({ name, epoch }, ...rest) => {
        if (this.#jobs.get(name)?.epoch !== epoch) throw new Error('in_use')
        return this.#store.setIntegration(...rest)
      },
      history: () => this.#history,
      count: async (counts) =>
        counts.map(({ key, windowMs, add }) => {
          const window = `${key} ${Math.floor(this.#clock.now().steadyMs / windowMs)}`
          const sum = (this.#counts.get(window) ?? 0) + add
          this.#counts.set(window, sum)
          return sum
        }),
      lastSeen: async (serials) => {
        const states = await Promise.all(serials.map((each) => this.#store.load(each)))
        return new Map(
          states.flatMap(({ serial, device }) =>
            device === undefined
              ? []
              : [[serial, { atMs: device.lastSeenAtMs, network: this.#networks.get(serial) }]],
          ),
        )
      },
      isReady: async () => this.isReady,
    }
  }
}
