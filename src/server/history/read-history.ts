import { DAY_MS, type Slot } from '../../protocol/history/calendar.ts'
import { type Chunk, spansOf } from '../../protocol/history/chunk.ts'
import { SlotSums } from '../../protocol/history/slot-sums.ts'
import { decodeTotals } from '../../protocol/history/totals.ts'
import type { HistoryStore } from '../../store/history-store.ts'
import { nextTurn } from '../core/turns.ts'

/** Rows that are read and added up before the event loop serves others. */
const PER_TURN = 200
/** No chunk is longer: they end with each batch. */
const MAX_CHUNK_MS = 7_200_000
/** No summary is longer: they are of a day. */
const MAX_SUMMARY_MS = 26 * 3_600_000

/**
 * Adds up what a thermostat did in each slot: from sums where the details are gone, then from the details.
 *
 * @param unwritten - chunks that are not on file yet, ordered by their beginning
 */
export async function readHistory(
  store: HistoryStore,
  serial: string,
  slots: readonly Slot[],
  unwritten: readonly Chunk[],
): Promise<SlotSums> {
  const sums = new SlotSums(slots)
  const [first, last] = [slots[0], slots.at(-1)]
  if (first === undefined || last === undefined) return sums
  const time = { fromMs: first.fromMs, toMs: last.toMs }
  const summedUntilMs = await addSummaries(store, serial, time, sums)
  const from = Math.max(time.fromMs, summedUntilMs)
  const counted = new CountedOnce(sums, from)
  for await (const chunk of chunksIn(store, serial, { ...time, fromMs: from }, unwritten)) {
    counted.add(chunk)
  }
  counted.endAt(time.toMs)
  return sums
}

/**
 * Chunks overlap where the wall clock was set back, and where two processes kept the same thermostat. Each moment
 * counts as the chunk has it that began last.
 */
class CountedOnce {
  readonly #sums: SlotSums
  /** Everything before is counted. */
  #untilMs: number
  /** Those that go on, ordered by their beginning. */
  readonly #open: Chunk[] = []

  constructor(sums: SlotSums, fromMs: number) {
    this.#sums = sums
    this.#untilMs = fromMs
  }

  /** Chunks are to be added in the order of their beginning. */
  add(chunk: Chunk): void {
    this.endAt(chunk.fromMs)
    this.#open.push(chunk)
  }

  /** Counts everything until an instant. */
  endAt(ms: number): void {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      addChunk(this.#sums, last, this.#untilMs, ms)
      if (last.untilMs > ms) break
      this.#untilMs = Math.max(this.#untilMs, last.untilMs)
      this.#open.pop()
    }
    this.#untilMs = Math.max(this.#untilMs, ms)
  }
}

function addChunk(sums: SlotSums, chunk: Chunk, fromMs: number, toMs: number): void {
  if (chunk.untilMs <= fromMs) return
  for (const span of spansOf(chunk, fromMs, toMs)) sums.add(span)
}

/** Returns where the summaries end. */
async function addSummaries(
  store: HistoryStore,
  serial: string,
  { fromMs, toMs }: Slot,
  sums: SlotSums,
): Promise<number> {
  let endMs = Number.NEGATIVE_INFINITY
  let from = fromMs - MAX_SUMMARY_MS
  for (;;) {
    const rows = await store.summaries(serial, { fromMs: from, toMs }, PER_TURN)
    for (const row of rows) {
      endMs = row.toMs
      if (endMs <= fromMs) continue
      for (const [i, totals] of decodeTotals(row.totals).entries()) {
        const beganMs = row.fromMs + i * row.slotMs
        const slot = { fromMs: beganMs, toMs: Math.min(beganMs + row.slotMs, row.toMs) }
        if (totals.watchedMs > 0) sums.addTotals(slot, totals)
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PER_TURN) return endMs
    from = last.fromMs + 1
    await nextTurn()
  }
}

/** The chunks of a time, on file and not, oldest first. */
async function* chunksIn(
  store: HistoryStore,
  serial: string,
  { fromMs, toMs }: Slot,
  unwritten: readonly Chunk[],
): AsyncGenerator<Chunk> {
  const later = unwritten.filter((chunk) => chunk.fromMs < toMs && chunk.untilMs > fromMs)
  for (let from = fromMs - MAX_CHUNK_MS; from < toMs; from += DAY_MS) {
    // A day at once: the file has the chunks of all thermostats beside each other.
    const day = { fromMs: from, toMs: Math.min(from + DAY_MS, toMs) }
    const chunks = await store.chunks(serial, day)
    for (const chunk of chunks) {
      while (later[0] !== undefined && later[0].fromMs < chunk.fromMs) yield later.shift() as Chunk
      yield chunk
    }
    if (chunks.length > 0) await nextTurn()
  }
  yield* later
}
