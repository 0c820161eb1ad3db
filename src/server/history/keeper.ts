import { NleError } from '../../errors.ts'
import {
  type AskedSlots,
  type AskedText,
  askedColumns,
  askedRuntime,
  askedSlots,
} from '../../protocol/history/asked.ts'
import type { Zone } from '../../protocol/history/calendar.ts'
import {
  type ColumnName,
  column,
  type RuntimeRow,
  runtimeRow,
} from '../../protocol/history/columns.ts'
import type { Retention } from '../../protocol/history/retention.ts'
import type { SlotSums } from '../../protocol/history/slot-sums.ts'
import { earlierOf, type Now } from '../../protocol/now.ts'
import { historyFault, historyTrouble } from '../../store/open-history.ts'
import type { Core } from '../core/core.ts'
import { nextTurn } from '../core/turns.ts'
import { ageOne } from './ageing.ts'
import { HistoryFile } from './history-file.ts'
import { readHistory } from './read-history.ts'
import { Recorder } from './recorder.ts'

/** Thermostats whose history is looked through after a batch. */
const AGED_AT_ONCE = 256

export interface HistoryOptions {
  readonly path: string
  readonly retention: Retention
  /** The time zone of days. */
  readonly zone: Zone
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

/** What the history is made of: what is recorded, the file, and the answers. */
export class HistoryKeeper {
  readonly #core: Core
  readonly #options: HistoryOptions
  readonly #file: HistoryFile
  readonly #recorder: Recorder
  /** The thermostat that was looked through last. */
  #agedUntil = ''

  constructor(core: Core, options: HistoryOptions) {
    this.#core = core
    this.#options = options
    this.#file = new HistoryFile(options.path, core.log)
    this.#recorder = new Recorder(core, this.#file)
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
    try {
      await this.#age()
    } catch (error) {
      if (historyTrouble(error) === undefined) throw error
      this.#file.complain(error)
    }
  }

  /** Writes what was recorded, and closes the file. */
  async stop(): Promise<void> {
    await this.#recorder.write()
    await this.#file.close()
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
    const unwritten = this.#recorder.unwritten(serial)
    try {
      return await this.#file.use((store) => readHistory(store, serial, slots, unwritten))
    } catch (error) {
      if (historyTrouble(error) === undefined) throw error
      // Without the cause: it says nothing about the database.
      const reason = historyFault(this.#options.path, error)
      throw new NleError('store', `The history cannot be read: ${reason}.`)
    }
  }

  /** Looks through the history of some thermostats, and forgets those that are not on file any more. */
  async #age(): Promise<void> {
    const { store, clock } = this.#core
    const { retention, zone } = this.#options
    const nowMs = earlierOf(clock.now())
    const after = this.#agedUntil
    const serials = await this.#file.use((file) => file.serials(after, AGED_AT_ONCE))
    this.#agedUntil = serials.length < AGED_AT_ONCE ? '' : (serials.at(-1) ?? '')
    for (const serial of serials) {
      const { device } = await store.shown(serial)
      await this.#file.use((file) =>
        device === undefined ? file.forget(serial) : ageOne(file, serial, retention, nowMs, zone),
      )
      await nextTurn()
    }
  }
}
