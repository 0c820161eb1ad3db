import type { AskedText } from '../../protocol/history/asked.ts'
import type { Now } from '../../protocol/now.ts'
import type { HeldJob } from '../../store/shared-store.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import type { HistoryColumns, HistoryKeeper, HistoryOptions, RuntimeTable } from './keeper.ts'

/** Changes of one moment are read together, so that a put costs next to nothing. */
const GATHER_MS = 1_000
/** How long what was recorded stays in memory only: that much a power cut may take along. */
const WRITE_EVERY_MS = 30 * 60_000
/** Where several processes share a database, the others can read after this time what has changed. */
const SAVE_MS = 5_000

/**
 * The history of thermostats. It listens to what changes, after the commit. Everything else of it is loaded with
 * the first change, and is expendable: what fails here disturbs nothing else.
 *
 * Of several processes on a database each records the thermostats that it serves; the one that has the job ages what
 * all of them wrote.
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
  /** The same, once it is loaded. */
  #atWork: HistoryKeeper | undefined
  #gathering: Timer | undefined
  #writing: Timer | undefined
  #saving: Timer | undefined
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
    this.#core.clock.clearTimer(this.#saving)
    await this.#gather()
    if (this.#keeper !== undefined) await this.#after((keeper) => keeper.stop())
  }

  /** This process ages the history from now on. */
  async begin(job: HeldJob): Promise<void> {
    await (await this.#loaded()).beginAgeing(job)
  }

  /** Another process may age it. */
  async end(): Promise<void> {
    await this.#atWork?.endAgeing()
  }

  /**
   * Records those that came to this process without a change, and no longer those that went to another one. It is
   * called before other processes are told of contacts, so that they record a thermostat until this one does.
   */
  async refresh(): Promise<void> {
    for (const serial of this.#core.presence.seen().keys()) {
      if (!this.#isWatching(serial)) this.#mark(serial)
    }
    await this.#gather()
    if (this.#atWork !== undefined) await this.#after((keeper) => keeper.leaveToOthers())
  }

  #isWatching(serial: string): boolean {
    return this.#atWork?.isWatching(serial) === true
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
    if (this.#core.store.shared !== undefined) this.#saving ??= this.#saveLater()
  }

  #saveLater(): Timer {
    return this.#core.clock.setTimer(SAVE_MS, () => {
      this.#saving = undefined
      void this.#after((keeper) => keeper.save())
    })
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
    const [changed, removed] = [this.#ours(this.#changed), this.#removed]
    this.#changed = new Map()
    this.#removed = new Set()
    return this.#after(async (keeper) => {
      for (const serial of removed) await keeper.forget(serial)
      try {
        await keeper.record(changed)
      } catch (error) {
        this.#markAgain(changed)
        throw error
      }
    })
  }

  /** Without those that other processes serve. It is asked some time after a change, when its contact is known. */
  #ours(changed: ReadonlyMap<string, Now>): ReadonlyMap<string, Now> {
    const { store, presence } = this.#core
    if (store.shared === undefined) return changed
    const isOurs = (serial: string): boolean =>
      this.#isWatching(serial) || presence.isServedHere(serial)
    return new Map([...changed].filter(([serial]) => isOurs(serial)))
  }

  /** The database does not answer just now. */
  #markAgain(changed: ReadonlyMap<string, Now>): void {
    this.#changed = new Map([...changed, ...this.#changed])
    this.#arm()
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
    this.#keeper ??= import('./keeper.ts').then(({ HistoryKeeper }) => {
      this.#atWork = new HistoryKeeper(this.#core, this.#options())
      return this.#atWork
    })
    return this.#keeper
  }
}
