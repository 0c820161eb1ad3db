import { NleError } from '../../errors.ts'

/** Each byte of a number carries so many values; the highest bit says that another byte follows. */
const BASE = 128
const FIRST_BYTES = 32

/**
 * Rows of whole numbers in few bytes: of each row, a bit for each column that has changed since the row before, and
 * then the changes. A quiet thermostat's row takes five bytes or so.
 */
export class RowWriter {
  readonly #columns: number
  #before: readonly (number | null)[]
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0

  constructor(columns: number) {
    this.#columns = columns
    this.#before = new Array(columns).fill(0)
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  add(row: readonly (number | null)[]): void {
    for (let first = 0; first < this.#columns; first += 8) {
      let bits = 0
      for (let i = first; i < Math.min(first + 8, this.#columns); i++) {
        if (row[i] !== this.#before[i]) bits |= 1 << (i - first)
      }
      this.#push(bits)
    }
    for (let i = 0; i < this.#columns; i++) {
      const value = row[i] ?? null
      const before = this.#before[i] ?? null
      if (value !== before) this.#number(value === null ? 0 : zigzag(value - (before ?? 0)) + 1)
    }
    this.#before = row
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #number(value: number): void {
    let rest = value
    for (; rest >= BASE; rest = Math.floor(rest / BASE)) this.#push((rest % BASE) + BASE)
    this.#push(rest)
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(this.#length * 2)
      longer.set(this.#bytes)
      this.#bytes = longer
    }
    this.#bytes[this.#length++] = byte
  }
}

/**
 * Reads rows again.
 *
 * @throws NleError `unfit` for bytes that no `RowWriter` wrote
 */
export function readRows(bytes: Uint8Array, columns: number): (number | null)[][] {
  const rows: (number | null)[][] = []
  const bitmapLength = Math.ceil(columns / 8)
  let before: (number | null)[] = new Array(columns).fill(0)
  let at = 0
  const next = (): number => {
    const byte = bytes[at++]
    if (byte === undefined) throw new NleError('unfit', 'The history is damaged: a row is cut off.')
    return byte
  }
  while (at < bytes.length) {
    const bitmap = at
    at += bitmapLength
    const row = [...before]
    for (let i = 0; i < columns; i++) {
      if (((bytes[bitmap + (i >> 3)] ?? 0) & (1 << (i & 7))) === 0) continue
      let value = 0
      let byte = next()
      let scale = 1
      for (; byte >= BASE; byte = next()) {
        value += (byte - BASE) * scale
        scale *= BASE
      }
      value += byte * scale
      row[i] = value === 0 ? null : unzigzag(value - 1) + (before[i] ?? 0)
    }
    rows.push(row)
    before = row
  }
  return rows
}

/** Small numbers of either sign become small numbers. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}
