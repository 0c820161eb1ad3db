import type { Note, Screen } from './notes.ts'
import type { Violation } from './violations.ts'

/** One line of a thermostat's log. */
export type LogEntry = { readonly atMs: number; readonly serial: string } & (
  | Note
  | { readonly kind: 'screen'; readonly screen: Screen }
  | ({ readonly kind: 'violation' } & Omit<Violation, 'atMs'>)
)

/** A list that keeps only its newest entries: a thermostat may run for weeks. */
export class BoundedList<T> {
  readonly #limit: number
  #items: T[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  push(item: T): void {
    this.#items.push(item)
    // Cutting at twice the limit keeps a push cheap on average.
    if (this.#items.length > this.#limit * 2) this.#items = this.#items.slice(-this.#limit)
  }

  get items(): readonly T[] {
    return this.#items
  }
}
