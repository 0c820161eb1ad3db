import { setTimeout } from 'node:timers/promises'
import { quantile } from '../../bench/quantile.ts'

/** No answer for this long is a refusal. */
const NO_ANSWER_MS = 10_000

/** A request of the household that was not answered as it should be. */
export interface Refusal {
  readonly what: string
  readonly afterMs: number
}

/** The requests of one kind: how long each took, and which were refused. */
export class Tally {
  readonly name: string
  readonly everyMs: number
  readonly refusals: Refusal[] = []
  asked = 0
  readonly #times: number[] = []
  readonly #request: () => Promise<number>
  #turn: Promise<unknown> = Promise.resolve()

  /**
   * @param request - sends one; resolves to the ms it took, rejects when it is refused
   * @param everyMs - how often one is due
   */
  constructor(name: string, everyMs: number, request: () => Promise<number>) {
    this.name = name
    this.everyMs = everyMs
    this.#request = request
  }

  get figures() {
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => rounded(quantile(this.#times, share)))
    return { asked: this.asked, refused: this.refusals.length, p50Ms: p50, p99Ms: p99, maxMs: max }
  }

  /** Sends one and notes what came of it. */
  async once(): Promise<void> {
    this.asked += 1
    const outcome = await this.attempt()
    if (typeof outcome === 'number') this.#note(outcome)
    else this.refusals.push(outcome)
  }

  /** Sends one after those before; resolves to the ms it took, or to its refusal. */
  attempt(): Promise<number | Refusal> {
    const outcome = this.#turn.then(() => this.#attempt())
    this.#turn = outcome
    return outcome
  }

  async #attempt(): Promise<number | Refusal> {
    const startedMs = performance.now()
    try {
      return await withinTime(this.#request())
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      return { what, afterMs: performance.now() - startedMs }
    }
  }

  /** Requests that were due while this one waited have waited as well, each for what was left of it. */
  #note(ms: number): void {
    for (let waited = ms; waited > 0; waited -= this.everyMs) this.#times.push(waited)
  }
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : Math.round(ms * 10) / 10
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = pause(NO_ANSWER_MS, done.signal).then(() => {
    throw new Error(`no answer within ${NO_ANSWER_MS / 1000} s`)
  })
  // Aborted once the work is done; its result is not used then.
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
  }
}

/** The ms that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

/** Waits, but not beyond `over`. */
export async function pause(ms: number, over: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: over }).catch(() => {})
}
