import type { ChangeState } from '../../protocol/delivery/change.ts'
import type { EventBus } from './event-bus.ts'

/** Upper bounds of the time that a put takes until it is on disk, s: from a fast disk to a dying card. */
const PUT_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Counts values by their size. */
export class Distribution {
  readonly bounds: readonly number[]
  /** One for each bound, and one for what is above them all. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const { bounds, counts } = this
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1
    counts[at] = (counts[at] ?? 0) + 1
    this.sum += value
  }
}

/** What requests count on their way. They are plain numbers, so that counting costs next to nothing. */
export class Tallies {
  /** By listener and status: the requests that were answered to the end. */
  readonly answers = new Map<string, Map<number, number>>()
  /** By state: how many changes moved to it. */
  readonly changes = new Map<ChangeState, number>()
  /** From the complete request of a put until it is on disk, s. */
  readonly putS = new Distribution(PUT_BOUNDS_S)

  constructor(events: EventBus) {
    events.on('changeMoved', ({ state }, by) => {
      if (by === 'us') count(this.changes, state)
    })
  }

  /** Returns what a listener calls with the status of each answer. */
  ofListener(name: string): (status: number) => void {
    const byStatus = new Map<number, number>()
    this.answers.set(name, byStatus)
    return (status) => count(byStatus, status)
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
