import type { AskedText } from '../../protocol/history/asked.ts'
import type { Now } from '../../protocol/now.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import type { HistoryColumns, HistoryKeeper, HistoryOptions, RuntimeTable } from './keeper.ts'

/** Changes of one moment are read together, so that a put costs next to nothing. */
const GATHER_MS = 1_000
/** How long what was recorded stays in memory only: that much a power cut may take along. */
const WRITE_EVERY_MS = 30 * 60_000

/**
 * The history of thermostats. It listens to what changes, after the commit. Everything else of it is loaded with
 * the first change, and is expendable: what fails here disturbs nothing else.
 */
export class History {
  readonly #core: Core
  readonly #options: () => HistoryOptions
  readonly #unlisten: readonly (() => void)[]
  /** The instant of the last change of each thermostat that was not read since. */
  #changed = new Map<string, Now>()
  /** Thermostats that were deleted since; they may be on file again. */
  #removed = new Set<string>()
  #keeper: Promise<HistoryKeeper> | undefined
  #gathering: Timer | undefined
  #writing: Timer | undefined
  /** One piece of work after another. */
  #work: Promise<void> = Promise.resolve()

  /** @param options - asked for once, with the first change: a server learns its time zone in 20 ms */
  constructor(core: Core, options: () => HistoryOptions) {
    this.#core = core
    this.#options = options
    this.#unlisten = [
      core.events.on('deviceChanged', (serial) => this.#mark(serial)),
      core.events.on('availabilityChanged', (serial) => this.#mark(serial)),
      core.events.on('deviceRemoved', (serial) => this.#remove(serial)),
    ]
  }

  /** @throws as `HistoryKeeper.chart` */
  async chart(serial: string, asked: AskedText): Promise<HistoryColumns> {
    return (await this.#upToDate()).chart(serial, asked)
  }

  /** @throws as `HistoryKeeper.chart` */
  async runtime(serial: string, asked: AskedText): Promise<RuntimeTable> {
    return (await this.#upToDate()).runtime(serial, asked)
  }

  /** Writes what was recorded, and lets go of the file. */
  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten()
    this.#core.clock.clearTimer(this.#gathering)
    this.#core.clock.clearTimer(this.#writing)
    await this.#gather()
    if (this.#keeper !== undefined) await this.#after((keeper) => keeper.stop())
  }

  #mark(serial: string): void {
    this.#changed.set(serial, this.#core.clock.now())
    this.#arm()
  }

  #remove(serial: string): void {
    this.#changed.delete(serial)
    this.#removed.add(serial)
    this.#arm()
  }

  #arm(): void {
    this.#gathering ??= this.#core.clock.setTimer(GATHER_MS, () => {
      this.#gathering = undefined
      void this.#gather()
    })
    this.#writing ??= this.#writeLater()
  }

  #writeLater(): Timer {
    return this.#core.clock.setTimer(WRITE_EVERY_MS, () => {
      this.#writing = this.#writeLater()
      void this.#after((keeper) => keeper.write())
    })
  }

  /** Reads what has changed. */
  #gather(): Promise<void> {
    if (this.#changed.size + this.#removed.size === 0) return this.#work
    const [changed, removed] = [this.#changed, this.#removed]
    this.#changed = new Map()
    this.#removed = new Set()
    return this.#after(async (keeper) => {
      for (const serial of removed) await keeper.forget(serial)
      await keeper.record(changed)
    })
  }

  #after(work: (keeper: HistoryKeeper) => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        await work(await this.#loaded())
      } catch (error) {
        this.#core.health.complain('something of the history failed', error)
      }
    })
    return this.#work
  }

  async #upToDate(): Promise<HistoryKeeper> {
    await this.#gather()
    return this.#loaded()
  }

  #loaded(): Promise<HistoryKeeper> {
    this.#keeper ??= import('./keeper.ts').then(
      ({ HistoryKeeper }) => new HistoryKeeper(this.#core, this.#options()),
    )
    return this.#keeper
  }
}
