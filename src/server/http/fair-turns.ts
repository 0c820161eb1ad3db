import { NleError } from '../../errors.ts'
import { FairQueue } from './fair-queue.ts'
import type { Request } from './reply.ts'

/** Requests of one network that may wait; a home's programs have one or two. */
const MAX_WAITING = 32

interface Waiting {
  readonly request: Caller
  start(): void
  hungUp(error: NleError): void
}

/** Of a request: who calls, and whether the connection is still there. */
type Caller = Pick<Request, 'limitKey' | 'raw'>

/**
 * Does expensive work one piece at a time. The addresses take turns: however many connections one address
 * has, another one waits for one piece of its work. Between two pieces the event loop serves everything
 * else. With an empty queue, work starts at once.
 */
export class FairTurns {
  readonly #queue = new FairQueue<Waiting>(MAX_WAITING)
  readonly #afterTurn: (act: () => void) => void
  #isTaken = false

  /** @param afterTurn - calls a function in a later turn of the event loop */
  constructor(afterTurn: (act: () => void) => void = setImmediate) {
    this.#afterTurn = afterTurn
  }

  /**
   * Does the work when it is the caller's turn. The next one starts in a later turn of the event loop.
   *
   * @throws NleError `rate_limited` when too much of the same network waits, `cancelled` when the caller
   * hung up, and what `work` throws
   */
  async run<T>(request: Caller, work: () => T | Promise<T>): Promise<T> {
    if (this.#isTaken) await this.#turnOf(request)
    this.#isTaken = true
    try {
      return await work()
    } finally {
      this.#afterTurn(() => this.#next())
    }
  }

  #turnOf(request: Caller): Promise<void> {
    return new Promise((start, hungUp) => {
      if (this.#queue.add(request.limitKey, { request, start, hungUp })) return
      throw new NleError(
        'rate_limited',
        `More than ${MAX_WAITING} large requests of your address wait already. Try again.`,
        { details: { retryAfterS: 1 } },
      )
    })
  }

  #next(): void {
    for (;;) {
      const waiting = this.#queue.take()
      if (waiting === undefined) {
        this.#isTaken = false
        return
      }
      if (!waiting.request.raw.socket.destroyed) {
        waiting.start()
        return
      }
      waiting.hungUp(new NleError('cancelled', 'The client hung up.'))
    }
  }
}
