import { FIELD_NAMES, type Reading } from './reading.ts'
import { RowWriter, readRows } from './row-codec.ts'

/** A second is exact enough, and takes fewer bytes than a millisecond. */
const SECOND_MS = 1_000
const COLUMNS = FIELD_NAMES.length + 1

/** What one thermostat showed from one instant to another, without a gap. Times are wall clock, ms. */
export interface Chunk {
  readonly fromMs: number
  readonly untilMs: number
  /** Rows of `RowWriter`: seconds since the beginning, and the fields. */
  readonly readings: Uint8Array
}

/** A thermostat was as a row says, from one instant to another. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly row: Reading
}

/**
 * A chunk that still grows. Its times are counted by the steady clock from its beginning, so they stay in order
 * whatever the wall clock is set to.
 */
export class OpenChunk {
  readonly fromMs: number
  readonly #fromSteadyMs: number
  readonly #rows = new RowWriter(COLUMNS)
  #lastSecond = 0

  constructor(from: { readonly wallMs: number; readonly steadyMs: number }, row: Reading) {
    this.fromMs = Math.floor(from.wallMs)
    this.#fromSteadyMs = from.steadyMs
    this.#rows.add([0, ...row])
  }

  /** Bytes of its readings. */
  get length(): number {
    return this.#rows.length
  }

  /** By how much the wall clock was ahead of the steady one when it began, ms. */
  get aheadMs(): number {
    return this.fromMs - this.#fromSteadyMs
  }

  /** From now on the thermostat is as a row says. */
  add(atSteadyMs: number, row: Reading): void {
    const second = Math.floor(this.#elapsed(atSteadyMs) / SECOND_MS)
    // A change is noted a moment late, when another one may have been kept already.
    this.#lastSecond = Math.max(this.#lastSecond, second)
    this.#rows.add([this.#lastSecond, ...row])
  }

  /** All of it until an instant. */
  until(steadyMs: number): Chunk {
    const untilMs = Math.floor(this.fromMs + this.#elapsed(steadyMs))
    return { fromMs: this.fromMs, untilMs, readings: this.#rows.bytes() }
  }

  #elapsed(steadyMs: number): number {
    return Math.max(0, steadyMs - this.#fromSteadyMs)
  }
}

/**
 * What a chunk says about a time.
 *
 * @throws NleError `unfit` for a damaged one
 */
export function spansOf(chunk: Chunk, fromMs: number, toMs: number): Span[] {
  const rows = readRows(chunk.readings, COLUMNS)
  const endMs = Math.min(chunk.untilMs, toMs)
  return rows.flatMap(([second, ...row], i) => {
    const beganMs = chunk.fromMs + (second ?? 0) * SECOND_MS
    const next = rows[i + 1]?.[0]
    const endedMs = next == null ? endMs : Math.min(endMs, chunk.fromMs + next * SECOND_MS)
    const span = { fromMs: Math.max(beganMs, fromMs), toMs: endedMs, row }
    return span.fromMs < span.toMs ? [span] : []
  })
}
