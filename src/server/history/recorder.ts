import { type Chunk, OpenChunk } from '../../protocol/history/chunk.ts'
import { type Reading, readingOf } from '../../protocol/history/reading.ts'
import {
  beginTrack,
  observe,
  type Sample,
  settle,
  type Track,
} from '../../protocol/history/sampling.ts'
import { CLOCK_SET_MS, type Now } from '../../protocol/now.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { OwnChunk } from '../../store/history-store.ts'
import type { Core } from '../core/core.ts'
import { nextTurn } from '../core/turns.ts'
import type { KeptHistory } from './kept-history.ts'

/** Chunks that are written in one transaction, before the event loop serves others. */
const AT_ONCE = 64
/** Thermostats that are looked at in one turn of the event loop. */
const PER_TURN = 16
/** The same where each takes a message to the database and back. */
const AT_ONCE_OF_MANY = 500
const PER_TURN_OF_MANY = 128
/** What waits for the file may take in memory: what a thousand thermostats do in some hours. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** The same for one of several processes, each of which may serve tens of thousands. */
const MAX_WAITING_BYTES_OF_MANY = 64 * 1024 * 1024
/** A chunk that could not be ended for so long is ended as it is; no other one is longer than two hours. */
const OVERDUE_MS = 100 * 60_000
/** What a chunk takes in memory beside its readings. */
const CHUNK_BYTES = 200
/** A chunk from before nle was there is one of a clock that was not set yet. */
const EARLIEST_MS = Date.UTC(2024, 0)

/** A thermostat whose readings are kept. */
interface Watched {
  track: Track
  chunk: OpenChunk
}

/**
 * Keeps what paired thermostats show: it collects samples in memory, and writes them in batches. What waits for the
 * file is bounded; beyond that the oldest is dropped.
 *
 * Of several processes each keeps the thermostats that it serves, whoever changes them. While one moves from one to
 * another, both keep it: the same, and `readHistory` counts each moment once.
 */
export class Recorder {
  readonly #core: Core
  readonly #kept: KeptHistory
  readonly #isOneOfMany: boolean
  readonly #atOnce: number
  readonly #maxWaitingBytes: number
  readonly #watched = new Map<string, Watched>()
  /** Those of which other processes cannot read everything yet. */
  readonly #unsaved = new Set<string>()
  /** Finished chunks that are not on file yet, oldest first. */
  #waiting: OwnChunk[] = []
  #waitingBytes = 0
  #lost = 0
  /** Thermostats that were deleted, but not yet their history. */
  readonly #gone = new Set<string>()

  constructor(core: Core, kept: KeptHistory, maxWaitingBytes?: number) {
    this.#core = core
    this.#kept = kept
    this.#isOneOfMany = core.store.shared !== undefined
    this.#atOnce = this.#isOneOfMany ? AT_ONCE_OF_MANY : AT_ONCE
    this.#maxWaitingBytes =
      maxWaitingBytes ?? (this.#isOneOfMany ? MAX_WAITING_BYTES_OF_MANY : MAX_WAITING_BYTES)
  }

  /** Reads how thermostats are shown since the instant of their last change. */
  async record(changed: ReadonlyMap<string, Now>): Promise<void> {
    const perTurn = this.#isOneOfMany ? PER_TURN_OF_MANY : PER_TURN
    const all = [...changed]
    for (let first = 0; first < all.length; first += perTurn) {
      if (first > 0) await nextTurn()
      const some = all.slice(first, first + perTurn)
      await Promise.all(some.map(([serial, at]) => this.#recordOne(serial, at)))
    }
  }

  async #recordOne(serial: string, at: Now): Promise<void> {
    const { store, presence, outdoor } = this.#core
    // The change has just loaded all of it; what lists show of it would have to be gathered anew.
    const state = await store.load(serial)
    // Anybody on the network can make up a thermostat that is not paired.
    const view =
      state.owner === undefined
        ? undefined
        : viewOf(state, at.wallMs, { outdoor: outdoor.of(state, at.steadyMs) })
    if (!view?.hasUploaded) {
      this.#leave(serial, at)
      return
    }
    this.#observe(serial, readingOf(view, presence.isAvailable(serial)), at)
  }

  #observe(serial: string, row: Reading, at: Now): void {
    const watched = this.#watched.get(serial)
    if (watched === undefined) {
      const track = beginTrack(row, at.steadyMs)
      this.#watched.set(serial, { track, chunk: new OpenChunk(at, row) })
      this.#noteUnsaved(serial)
      return
    }
    if (isClockSet(watched.chunk, at)) this.#renew(serial, watched, at)
    const observed = observe(watched.track, row, at.steadyMs)
    this.#keep(watched, observed)
    if (observed.samples.length > 0) this.#noteUnsaved(serial)
  }

  #noteUnsaved(serial: string): void {
    if (this.#isOneOfMany) this.#unsaved.add(serial)
  }

  #keep(watched: Watched, { track, samples }: { track: Track; samples: readonly Sample[] }): void {
    watched.track = track
    for (const { atSteadyMs, row } of samples) watched.chunk.add(atSteadyMs, row)
  }

  /** Ends the chunk of a thermostat, and begins the next one. */
  #renew(serial: string, watched: Watched, now: Now): void {
    this.#finish(serial, now)
    watched.chunk = new OpenChunk(now, watched.track.kept)
    // Of the new one nothing is known that the other does not tell.
    this.#unsaved.delete(serial)
  }

  #finish(serial: string, { steadyMs }: Now): void {
    const watched = this.#watched.get(serial)
    if (watched === undefined) return
    this.#keep(watched, settle(watched.track, steadyMs))
    const chunk = watched.chunk.until(steadyMs)
    if (chunk.untilMs <= chunk.fromMs || chunk.fromMs < EARLIEST_MS) return
    this.#waiting.push({ serial, ...chunk })
    this.#waitingBytes += sizeOf(chunk)
    if (this.#waitingBytes > this.#maxWaitingBytes) this.#dropOldest()
  }

  #dropOldest(): void {
    const kept = this.#waiting.findIndex((chunk) => {
      if (this.#waitingBytes <= this.#maxWaitingBytes / 2) return true
      this.#waitingBytes -= sizeOf(chunk)
      return false
    })
    this.#lost += kept
    this.#waiting = this.#waiting.slice(kept)
  }

  /** Whether a thermostat is kept here. */
  isWatching(serial: string): boolean {
    return this.#watched.has(serial)
  }

  /** Ends what is kept of thermostats that another process serves by now, and keeps it itself. */
  leaveToOthers(): void {
    const now = this.#core.clock.now()
    for (const serial of this.#watched.keys()) {
      if (this.#core.presence.isServedElsewhere(serial)) this.#leave(serial, now)
    }
  }

  #leave(serial: string, now: Now): void {
    this.#finish(serial, now)
    this.#watched.delete(serial)
    this.#unsaved.delete(serial)
  }

  /** Drops everything of a thermostat that was deleted. */
  async forget(serial: string): Promise<void> {
    this.#watched.delete(serial)
    this.#setWaiting(this.#waiting.filter((chunk) => chunk.serial !== serial))
    this.#gone.add(serial)
    await this.#deleteGone().catch((error) => this.#kept.complain(error))
  }

  async #deleteGone(): Promise<void> {
    for (const serial of this.#gone) {
      await this.#kept.use(async (store) => store.forget?.(serial))
      this.#gone.delete(serial)
    }
  }

  #setWaiting(chunks: OwnChunk[]): void {
    this.#waiting = chunks
    this.#waitingBytes = chunks.reduce((sum, chunk) => sum + sizeOf(chunk), 0)
  }

  /** Writes what was recorded until now. What cannot be written waits for the next call. */
  async write(): Promise<void> {
    if (this.#isOneOfMany && !(await this.#readAgain())) return
    const now = this.#core.clock.now()
    for (const [serial, watched] of this.#watched) this.#renew(serial, watched, now)
    await this.#flush(async () => {})
  }

  /** Writes what has changed and what has ended, so that other processes can read it. The rest of it goes on. */
  async save(): Promise<void> {
    await this.#flush(() => this.#writeOpen())
  }

  /**
   * A chunk begins with what is on file: this process may have been cut off, while another one served the thermostat
   * and kept it. Returns false when that cannot be read.
   */
  async #readAgain(): Promise<boolean> {
    const now = this.#core.clock.now()
    try {
      await this.record(new Map([...this.#watched.keys()].map((serial) => [serial, now])))
      return true
    } catch (error) {
      if (this.#kept.reasonOf(error) === undefined) throw error
      this.#kept.complain(error)
    }
    for (const [serial, { chunk }] of this.#watched) {
      if (now.wallMs - chunk.fromMs > OVERDUE_MS) this.#leave(serial, now)
    }
    return false
  }

  async #flush(more: () => Promise<void>): Promise<void> {
    try {
      await this.#deleteGone()
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, this.#atOnce)
        await this.#kept.use((store) => store.append(batch))
        const written = new Set(batch)
        // Others may have been dropped meanwhile.
        this.#setWaiting(this.#waiting.filter((chunk) => !written.has(chunk)))
        if (this.#waiting.length > 0) await nextTurn()
      }
      await more()
    } catch (error) {
      this.#kept.complain(error)
      return
    }
    this.#kept.recovered(this.#lost)
    this.#lost = 0
  }

  async #writeOpen(): Promise<void> {
    while (this.#unsaved.size > 0) {
      const some = [...this.#unsaved].slice(0, this.#atOnce)
      for (const serial of some) this.#unsaved.delete(serial)
      const { steadyMs } = this.#core.clock.now()
      const chunks = some.flatMap((serial) => {
        const watched = this.#watched.get(serial)
        return watched === undefined ? [] : [{ serial, ...watched.chunk.until(steadyMs) }]
      })
      try {
        await this.#kept.use((store) => store.append(chunks))
      } catch (error) {
        for (const serial of some) this.#unsaved.add(serial)
        throw error
      }
    }
  }

  /** What is known of one thermostat and not on file yet, ordered by its beginning. */
  unwritten(serial: string): Chunk[] {
    const { steadyMs } = this.#core.clock.now()
    const chunks: Chunk[] = this.#waiting.filter((chunk) => chunk.serial === serial)
    const watched = this.#watched.get(serial)
    if (watched !== undefined) {
      this.#keep(watched, settle(watched.track, steadyMs))
      chunks.push(watched.chunk.until(steadyMs))
    }
    return chunks.sort((a, b) => a.fromMs - b.fromMs)
  }
}

function isClockSet({ aheadMs }: OpenChunk, { wallMs, steadyMs }: Now): boolean {
  return Math.abs(wallMs - steadyMs - aheadMs) >= CLOCK_SET_MS
}

function sizeOf({ readings }: Chunk): number {
  return CHUNK_BYTES + readings.length
}
