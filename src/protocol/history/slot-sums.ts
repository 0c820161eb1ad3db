import type { Slot } from './calendar.ts'
import type { Span } from './chunk.ts'
import { addReading, addTotals, noTotals, type Totals } from './totals.ts'

/** What happened in each of some slots, which follow each other. */
export class SlotSums {
  readonly slots: readonly Slot[]
  readonly totals: readonly Totals[]
  /** The slot that was added to last: what is added comes in order of time. */
  #at = 0

  constructor(slots: readonly Slot[]) {
    this.slots = slots
    this.totals = slots.map(noTotals)
  }

  add({ fromMs, toMs, row }: Span): void {
    this.#share(fromMs, toMs, (totals, ms) => addReading(totals, row, ms))
  }

  /** Adds totals of a longer time than a slot has to each slot by its share of that time. */
  addTotals({ fromMs, toMs }: Slot, other: Totals): void {
    this.#share(fromMs, toMs, (totals, ms) => addTotals(totals, other, ms / (toMs - fromMs)))
  }

  #share(fromMs: number, toMs: number, add: (totals: Totals, ms: number) => void): void {
    while (this.#at > 0 && (this.slots[this.#at]?.fromMs ?? 0) > fromMs) this.#at -= 1
    for (let i = this.#at; i < this.slots.length; i++) {
      const slot = this.slots[i] as Slot
      if (slot.fromMs >= toMs) return
      const ms = Math.min(toMs, slot.toMs) - Math.max(fromMs, slot.fromMs)
      const totals = this.totals[i]
      if (ms > 0 && totals !== undefined) add(totals, ms)
      if (slot.toMs <= fromMs || ms > 0) this.#at = i
    }
  }
}
