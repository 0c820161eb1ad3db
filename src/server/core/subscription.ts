import {
  type Hold,
  type HoldEvent,
  type HoldTimes,
  newHold,
  type Push,
  setsSetpoint,
  step,
} from '../../protocol/transport/hold.ts'
import type { SubscribeRequest } from '../../protocol/transport/subscribe-request.ts'
import { bucketHeaders } from '../../protocol/transport/v3/bucket-headers.ts'
import { pushDocument } from '../../protocol/transport/wire.ts'
import type { Clock, Timer } from './clock.ts'

export type Headers = Readonly<Record<string, string>>
/** Called once, with an error when the bytes could not be written to the network. */
export type Done = (error?: unknown) => void

/** The far end of a subscription: an HTTP response, or a simulated one. */
export interface Channel {
  /** Status line and headers leave now. */
  writeHead(headers: Headers): void
  /** One chunk. */
  write(document: string, done: Done): void
  /** Finishes a chunked body cleanly. */
  end(): void
  /** The whole answer for a device that does not read chunks; a poll ends without a body (`V7`). */
  endPlain(headers: Headers, document: string, done: Done): void
}

/** What subscriptions need from the server; all share one, so that each is small. */
export interface SubscriptionHost {
  readonly clock: Clock
  readonly times: HoldTimes
  /** The headers of an answer that leaves now (`S2`). */
  headers(expectsAnswer: boolean): Headers
  /** A push was written to the network, `byPoll` as the answer to a poll of transport v3. */
  sent(serial: string, push: Push, byPoll: boolean): void
  ended(subscription: Subscription): void
}

/**
 * One held connection: carries out the effects of the hold machine (protocol/transport/hold.ts) and
 * reports their results to it.
 */
export class Subscription {
  readonly serial: string
  /** The buckets that the device listed: object key → timestamp. */
  readonly listed: ReadonlyMap<string, number>
  /** On the steady clock, ms. */
  readonly openedAtMs: number
  readonly #channel: Channel
  readonly #host: SubscriptionHost
  /** By object key: the timestamp that went out last; made with the first push. */
  #pushed: Map<string, number> | undefined
  #hold: Hold
  #timer: Timer | undefined
  #expectsAnswer = false

  constructor(serial: string, request: SubscribeRequest, channel: Channel, host: SubscriptionHost) {
    this.serial = serial
    this.listed = new Map(request.objects.map(({ objectKey, timestamp }) => [objectKey, timestamp]))
    this.openedAtMs = host.clock.now().steadyMs
    this.#channel = channel
    this.#host = host
    this.#hold = newHold(request.form, host.times)
  }

  /**
   * Answers with `push`, or holds; called once the writes of the request are on disk.
   *
   * @param expectsAnswer - whether a temperature or mode change goes out or is queued (`S2`)
   */
  open(push: Push | undefined, expectsAnswer: boolean): void {
    this.#expectsAnswer = expectsAnswer
    if (push !== undefined) this.#note(push)
    const waitedMs = this.#host.clock.now().steadyMs - this.openedAtMs
    this.#dispatch({ type: 'opened', push, waitedMs })
  }

  push(push: Push): void {
    this.#note(push)
    this.#dispatch({ type: 'changed', push })
  }

  /** The latest timestamp of a bucket that the device listed here, or was sent here; 0 for none. */
  latest(objectKey: string): number {
    return Math.max(this.listed.get(objectKey) ?? 0, this.#pushed?.get(objectKey) ?? 0)
  }

  #note({ objects }: Push): void {
    this.#pushed ??= new Map()
    for (const { objectKey, timestamp } of objects) this.#pushed.set(objectKey, timestamp)
  }

  clientGone(): void {
    this.#dispatch({ type: 'clientGone' })
  }

  /** Finishes the response cleanly, now (`S7`, `S9`). */
  finish(): void {
    this.#dispatch({ type: 'shutdown' })
  }

  /** Whether it is a long poll of transport v3. */
  get isPoll(): boolean {
    return this.#hold.form === 'poll'
  }

  get isOver(): boolean {
    return this.#hold.phase === 'ended'
  }

  #dispatch(event: HoldEvent): void {
    const wasOver = this.isOver
    const [hold, effects] = step(this.#hold, event)
    this.#hold = hold
    for (const effect of effects) {
      switch (effect.type) {
        case 'writeHead':
          this.#channel.writeHead(this.#host.headers(this.#expectsAnswer))
          break
        case 'write':
          this.#channel.write(pushDocument(effect.push.objects), (error) =>
            this.#written([effect.push], error),
          )
          break
        case 'armTimer':
          this.#arm(effect.ms)
          break
        case 'end':
          this.#channel.end()
          break
        case 'endPlain':
          this.#channel.endPlain(
            this.#host.headers(this.#expectsAnswer || effect.pushes.some(setsSetpoint)),
            pushDocument(effect.pushes.flatMap(({ objects }) => objects)),
            (error) => this.#written(effect.pushes, error),
          )
          break
        case 'endPoll':
          this.#endPoll(effect.push)
          break
        case 'sent':
          this.#host.sent(this.serial, effect.push, this.isPoll)
          break
        case 'requeue':
          // Its changes are still queued in the store, for the next subscribe.
          break
      }
    }
    if (!wasOver && this.isOver) {
      this.#host.clock.clearTimer(this.#timer)
      this.#host.ended(this)
    }
  }

  #endPoll(push: Push | undefined): void {
    const bucket = push?.objects[0]
    const expectsAnswer = this.#expectsAnswer || (push !== undefined && setsSetpoint(push))
    this.#channel.endPlain(
      { ...this.#host.headers(expectsAnswer), ...(bucket && bucketHeaders(bucket)) },
      bucket === undefined ? '' : JSON.stringify(bucket.value),
      (error) => this.#written(push === undefined ? [] : [push], error),
    )
  }

  #written(pushes: readonly Push[], error: unknown): void {
    if (error !== undefined) this.#dispatch({ type: 'writeFailed' })
    else for (const push of pushes) this.#dispatch({ type: 'written', push })
  }

  #arm(ms: number): void {
    const { clock } = this.#host
    clock.clearTimer(this.#timer)
    this.#timer = clock.setTimer(ms, () => this.#dispatch({ type: 'timerFired' }))
  }
}
