import { NleError } from '../../errors.ts'
import {
  type AskedSlots,
  type AskedText,
  askedColumns,
  askedRuntime,
  askedSlots,
} from '../../protocol/history/asked.ts'
import type { Chunk } from '../../protocol/history/chunk.ts'
import {
  type ColumnName,
  column,
  type RuntimeRow,
  runtimeRow,
} from '../../protocol/history/columns.ts'
import type { SlotSums } from '../../protocol/history/slot-sums.ts'
import { earlierOf, type Now } from '../../protocol/now.ts'
import type { HeldJob } from '../../store/shared-store.ts'
import type { Core } from '../core/core.ts'
import { nextTurn } from '../core/turns.ts'
import { type AgeingRules, ageOne } from './ageing.ts'
import { HistoryDatabase } from './history-database.ts'
import { HistoryFile } from './history-file.ts'
import type { KeptHistory } from './kept-history.ts'
import { readHistory } from './read-history.ts'
import { Recorder } from './recorder.ts'
import { SharedAgeing } from './shared-ageing.ts'

/** Thermostats whose history is looked through after a batch. */
const AGED_AT_ONCE = 256

/** How long other processes may have known nothing of a chunk that goes on. */
const GOES_ON_MS = 45 * 60_000

export interface HistoryOptions extends AgeingRules {
  /** The file; of no use with a database that several processes share. */
  readonly path: string
}

/** A chart: an entry in each column for each entry of `time`. */
export interface HistoryColumns {
  /** Ms since epoch: where the first slot begins, and the last one ends. */
  readonly from: number
  readonly to: number
  /** Ms. */
  readonly step: number
  readonly time_zone: string
  readonly time: readonly number[]
  readonly columns: Readonly<Partial<Record<ColumnName, ReturnType<typeof column>>>>
}

export interface RuntimeTable {
  readonly time_zone: string
  readonly by: 'day' | 'hour'
  readonly rows: readonly RuntimeRow[]
}

/** What the history is made of: what is recorded, where it is kept, and the answers. */
export class HistoryKeeper {
  readonly #core: Core
  readonly #options: HistoryOptions
  readonly #kept: KeptHistory
  readonly #recorder: Recorder
  /** Undefined while another process has the job, and where one process ages a file. */
  #ageing: SharedAgeing | undefined
  /** The thermostat that was looked through last. */
  #agedUntil = ''

  constructor(core: Core, options: HistoryOptions) {
    this.#core = core
    this.#options = options
    const { store, log } = core
    this.#kept =
      store.shared === undefined
        ? new HistoryFile(options.path, log)
        : new HistoryDatabase(store.shared.history(), store.troubleOf, log)
    this.#recorder = new Recorder(core, this.#kept)
  }

  /** Takes note of how thermostats are shown since these instants. */
  record(changed: ReadonlyMap<string, Now>): Promise<void> {
    return this.#recorder.record(changed)
  }

  /** Drops everything of a thermostat that was deleted. */
  forget(serial: string): Promise<void> {
    return this.#recorder.forget(serial)
  }

  /** Writes what was recorded, and puts old data into fewer bytes. */
  async write(): Promise<void> {
    await this.#recorder.write()
    // Of several processes one ages all of it.
    if (this.#core.store.shared !== undefined) return
    try {
      await this.#age()
    } catch (error) {
      if (this.#kept.reasonOf(error) === undefined) throw error
      this.#kept.complain(error)
    }
  }

  /** Writes what was recorded, and closes the file. */
  async stop(): Promise<void> {
    await this.endAgeing()
    await this.#recorder.write()
    await this.#kept.close()
  }

  // What follows is only of use where several processes share a database.

  /** Whether a thermostat is recorded here. */
  isWatching(serial: string): boolean {
    return this.#recorder.isWatching(serial)
  }

  /** Writes what others should be able to read. */
  save(): Promise<void> {
    return this.#recorder.save()
  }

  /** Ends what another process records by now. */
  leaveToOthers(): Promise<void> {
    this.#recorder.leaveToOthers()
    return this.#recorder.save()
  }

  /** From now on this process ages the history of all. */
  async beginAgeing(job: HeldJob): Promise<void> {
    const { shared } = this.#core.store
    await this.endAgeing()
    if (shared === undefined) return
    this.#ageing = new SharedAgeing(this.#core, shared.history(job), this.#options)
    this.#ageing.start()
  }

  async endAgeing(): Promise<void> {
    const ageing = this.#ageing
    this.#ageing = undefined
    await ageing?.stop()
  }

  /** @throws NleError `invalid` for what cannot be asked, `store` when the file cannot be read */
  async chart(serial: string, asked: AskedText): Promise<HistoryColumns> {
    const { zone } = this.#options
    const names = askedColumns(asked)
    const { slots, stepMs } = askedSlots(asked, this.#core.clock.now().wallMs, zone)
    const sums = await this.#read(serial, slots)
    return {
      from: slots[0]?.fromMs ?? 0,
      to: slots.at(-1)?.toMs ?? 0,
      step: stepMs,
      time_zone: zone.name,
      time: slots.map(({ fromMs }) => fromMs),
      columns: Object.fromEntries(names.map((name) => [name, column(sums, name)])),
    }
  }

  /** @throws as `chart` */
  async runtime(serial: string, asked: AskedText): Promise<RuntimeTable> {
    const { zone } = this.#options
    const { slots, by } = askedRuntime(asked, this.#core.clock.now().wallMs, zone)
    const { totals } = await this.#read(serial, slots)
    const rows = totals.flatMap((each, i) => {
      const slot = slots[i]
      return slot === undefined ? [] : [runtimeRow(slot, each)]
    })
    return { time_zone: zone.name, by, rows }
  }

  async #read(serial: string, slots: AskedSlots['slots']): Promise<SlotSums> {
    try {
      const unwritten = this.#recorder.isWatching(serial)
        ? this.#recorder.unwritten(serial)
        : [...this.#recorder.unwritten(serial), ...(await this.#goingOn(serial))]
      return await this.#kept.use((store) => readHistory(store, serial, slots, unwritten))
    } catch (error) {
      const reason = this.#kept.reasonOf(error)
      if (reason === undefined) throw error
      // Without the cause: it says nothing about the database.
      throw new NleError('store', `The history cannot be read: ${reason}.`)
    }
  }

  /** What another process records of a thermostat now: it writes what changes, and not that it goes on. */
  async #goingOn(serial: string): Promise<Chunk[]> {
    const { store, presence, clock } = this.#core
    if (store.shared === undefined) return []
    await presence.learn([serial])
    if (!presence.isAvailable(serial)) return []
    const nowMs = Math.floor(clock.now().wallMs)
    const lately = { fromMs: nowMs - GOES_ON_MS, toMs: nowMs }
    const chunks = await this.#kept.use((history) => history.chunks(serial, lately))
    if (chunks.length === 0) return []
    const newest = chunks.reduce((last, each) => (each.untilMs > last.untilMs ? each : last))
    return [{ ...newest, untilMs: nowMs }]
  }

  /** Looks through the history of some thermostats, and forgets those that are not on file any more. */
  async #age(): Promise<void> {
    const { store, clock } = this.#core
    const { retention, zone } = this.#options
    const nowMs = earlierOf(clock.now())
    const after = this.#agedUntil
    const serials = await this.#kept.use((file) => file.serials(after, AGED_AT_ONCE))
    this.#agedUntil = serials.length < AGED_AT_ONCE ? '' : (serials.at(-1) ?? '')
    for (const serial of serials) {
      const { device } = await store.shown(serial)
      await this.#kept.use<unknown>(async (file) =>
        device === undefined ? file.forget?.(serial) : ageOne(file, serial, retention, nowMs, zone),
      )
      await nextTurn()
    }
  }
}
