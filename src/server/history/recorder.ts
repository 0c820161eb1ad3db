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
import type { Core } from '../core/core.ts'
import { nextTurn } from '../core/turns.ts'
import type { HistoryFile } from './history-file.ts'

/** Chunks that are written in one transaction, before the event loop serves others. */
const AT_ONCE = 64
/** Thermostats that are looked at in one turn of the event loop. */
const PER_TURN = 16
/** What waits for the file may take in memory: what a thousand thermostats do in some hours. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** What a chunk takes in memory beside its readings. */
const CHUNK_BYTES = 200
/** A chunk from before nle was there is one of a clock that was not set yet. */
const EARLIEST_MS = Date.UTC(2024, 0)

/** A thermostat whose readings are kept. */
interface Watched {
  track: Track
  chunk: OpenChunk
}

type OwnChunk = Chunk & { readonly serial: string }

/**
 * Keeps what paired thermostats show: it collects samples in memory, and writes them in batches. What waits for the
 * file is bounded; beyond that the oldest is dropped.
 */
export class Recorder {
  readonly #core: Core
  readonly #file: HistoryFile
  readonly #maxWaitingBytes: number
  readonly #watched = new Map<string, Watched>()
  /** Finished chunks that are not on file yet, oldest first. */
  #waiting: OwnChunk[] = []
  #waitingBytes = 0
  #lost = 0
  /** Thermostats that were deleted, but not yet their history. */
  readonly #gone = new Set<string>()

  constructor(core: Core, file: HistoryFile, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#core = core
    this.#file = file
    this.#maxWaitingBytes = maxWaitingBytes
  }

  /** Reads how thermostats are shown since the instant of their last change. */
  async record(changed: ReadonlyMap<string, Now>): Promise<void> {
    let seen = 0
    for (const [serial, at] of changed) {
      seen += 1
      if (seen % PER_TURN === 0) await nextTurn()
      await this.#recordOne(serial, at)
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
      this.#finish(serial, at)
      this.#watched.delete(serial)
      return
    }
    this.#observe(serial, readingOf(view, presence.isAvailable(serial)), at)
  }

  #observe(serial: string, row: Reading, at: Now): void {
    const watched = this.#watched.get(serial)
    if (watched === undefined) {
      const track = beginTrack(row, at.steadyMs)
      this.#watched.set(serial, { track, chunk: new OpenChunk(at, row) })
      return
    }
    if (isClockSet(watched.chunk, at)) this.#renew(serial, watched, at)
    this.#keep(watched, observe(watched.track, row, at.steadyMs))
  }

  #keep(watched: Watched, { track, samples }: { track: Track; samples: readonly Sample[] }): void {
    watched.track = track
    for (const { atSteadyMs, row } of samples) watched.chunk.add(atSteadyMs, row)
  }

  /** Ends the chunk of a thermostat, and begins the next one. */
  #renew(serial: string, watched: Watched, now: Now): void {
    this.#finish(serial, now)
    watched.chunk = new OpenChunk(now, watched.track.kept)
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

  /** Drops everything of a thermostat that was deleted. */
  async forget(serial: string): Promise<void> {
    this.#watched.delete(serial)
    this.#setWaiting(this.#waiting.filter((chunk) => chunk.serial !== serial))
    this.#gone.add(serial)
    await this.#deleteGone().catch((error) => this.#file.complain(error))
  }

  async #deleteGone(): Promise<void> {
    for (const serial of this.#gone) {
      await this.#file.use((store) => store.forget(serial))
      this.#gone.delete(serial)
    }
  }

  #setWaiting(chunks: OwnChunk[]): void {
    this.#waiting = chunks
    this.#waitingBytes = chunks.reduce((sum, chunk) => sum + sizeOf(chunk), 0)
  }

  /** Writes what was recorded until now. What cannot be written waits for the next call. */
  async write(): Promise<void> {
    const now = this.#core.clock.now()
    for (const [serial, watched] of this.#watched) this.#renew(serial, watched, now)
    try {
      await this.#deleteGone()
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, AT_ONCE)
        await this.#file.use((store) => store.append(batch))
        const written = new Set(batch)
        // Others may have been dropped meanwhile.
        this.#setWaiting(this.#waiting.filter((chunk) => !written.has(chunk)))
        if (this.#waiting.length > 0) await nextTurn()
      }
    } catch (error) {
      this.#file.complain(error)
      return
    }
    this.#file.recovered(this.#lost)
    this.#lost = 0
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
