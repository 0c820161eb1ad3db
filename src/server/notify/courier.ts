import { createHmac } from 'node:crypto'
import { MAX_WAITING, pauseMs } from '../../protocol/notify/back-off.ts'
import type { Notice } from '../../protocol/notify/notice.ts'
import { quietLeftMs } from '../../protocol/notify/quiet-time.ts'
import type { Receiver } from '../../protocol/notify/receiver.ts'
import { receiverRequest } from '../../protocol/notify/receiver-request.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import type { Post } from './post.ts'

/** The clock may be set during a quiet time, so its end is looked at again. */
const LOOK_AGAIN_MS = 600_000

/** Brings one receiver its notices: in order, one at a time, again after a failure, and not in its quiet time. */
export class Courier {
  readonly receiver: Receiver
  readonly #core: Core
  readonly #post: Post
  /** Called when a notice has left the queue, which is on file. */
  readonly #settled: () => void
  readonly #stop = new AbortController()
  #waiting: Notice[]
  #timer: Timer | undefined
  #isBusy = false
  #failures = 0
  #lastSentAtMs: number | undefined
  #lastError: string | undefined
  sent = 0
  failed = 0

  /** @param waiting - what is on file for it, from before a restart */
  constructor(
    receiver: Receiver,
    waiting: readonly Notice[],
    core: Core,
    post: Post,
    settled: () => void,
  ) {
    this.receiver = receiver
    this.#core = core
    this.#post = post
    this.#settled = settled
    this.#waiting = [...waiting]
  }

  get waiting(): readonly Notice[] {
    return this.#waiting
  }

  /** As the control API shows it. */
  get state() {
    const at = this.#lastSentAtMs
    return {
      waiting: this.#waiting.length,
      last_sent_at: at === undefined ? null : new Date(at).toISOString(),
      last_error: this.#lastError ?? null,
    }
  }

  /** Queues a notice; `go` sends it. Beyond the limit the oldest that is not on its way is dropped. */
  add(notice: Notice): void {
    this.#waiting.push(notice)
    if (this.#waiting.length <= MAX_WAITING) return
    this.#waiting.splice(this.#isBusy ? 1 : 0, 1)
    this.#drop('too many wait')
  }

  /** Sends what waits, unless it is quiet or the receiver failed just now. */
  go(): void {
    const { clock, localOffsetS } = this.#core
    const [notice] = this.#waiting
    const isPaused = this.#isBusy || this.#timer !== undefined || this.#stop.signal.aborted
    if (isPaused || notice === undefined) return
    const quietMs = quietLeftMs(this.receiver.quiet, clock.now().wallMs, localOffsetS)
    if (quietMs > 0) this.#later(Math.min(quietMs, LOOK_AGAIN_MS))
    else void this.#bring(notice)
  }

  /** Sends a notice now, whatever waits. Rejects as `Post` does. */
  send(notice: Notice): Promise<number> {
    const { clock, localOffsetS } = this.#core
    const { wallMs } = clock.now()
    const request = receiverRequest(this.receiver, notice, wallMs, localOffsetS, hmac)
    return this.#post(request, this.#stop.signal)
  }

  stop(): void {
    this.#stop.abort()
    this.#core.clock.clearTimer(this.#timer)
  }

  async #bring(notice: Notice): Promise<void> {
    this.#isBusy = true
    try {
      await this.send(notice)
      this.#lastSentAtMs = this.#core.clock.now().wallMs
      this.#lastError = undefined
      this.#failures = 0
      this.sent += 1
      this.#waiting.shift()
      this.#settled()
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#hasFailed(error instanceof Error ? error.message : String(error))
    } finally {
      this.#isBusy = false
    }
    this.go()
  }

  #hasFailed(reason: string): void {
    const { log } = this.#core
    this.#failures += 1
    const ms = pauseMs(this.#failures)
    const fields = { receiver: this.receiver.name, reason }
    // The log gets one warning about a receiver that stays away.
    const level = reason === this.#lastError ? 'debug' : 'warn'
    this.#lastError = reason
    log[level]('a notification could not be sent', { ...fields, retry_s: (ms ?? 0) / 1000 })
    if (ms !== undefined) {
      this.#later(ms)
      return
    }
    this.#failures = 0
    this.#waiting.shift()
    this.#drop('it was tried for hours')
    this.#settled()
  }

  #drop(reason: string): void {
    this.failed += 1
    const { name } = this.receiver
    this.#core.log.warn('a notification was given up', { receiver: name, reason })
  }

  #later(ms: number): void {
    this.#timer = this.#core.clock.setTimer(ms, () => {
      this.#timer = undefined
      this.go()
    })
  }
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex')
}
