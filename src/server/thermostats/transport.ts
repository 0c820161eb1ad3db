import type { Bucket, BucketVersion } from '../../protocol/bucket.ts'
import { openChanges } from '../../protocol/thermostat/state.ts'
import { decidePut } from '../../protocol/transport/decide-put.ts'
import { decideSubscribe, expectsAnswer } from '../../protocol/transport/decide-subscribe.ts'
import { LINGER_MS, PLAIN_MS } from '../../protocol/transport/hold.ts'
import type { PutRequest } from '../../protocol/transport/put-request.ts'
import type { SubscribeRequest } from '../../protocol/transport/subscribe-request.ts'
import { decidePoll } from '../../protocol/transport/v3/decide-poll.ts'
import { holdMs, transportHeaders } from '../../protocol/transport/wire.ts'
import type { Core } from '../core/core.ts'
import { CLIENT_MISTAKE_QUIET_MS } from '../core/logger.ts'
import type { Caller } from '../core/presence.ts'
import {
  type Channel,
  type Headers,
  Subscription,
  type SubscriptionHost,
} from '../core/subscription.ts'
import type { SentPushes } from './sent-pushes.ts'

/** Enough of a client's text to recognise it. */
const MAX_LOGGED_LENGTH = 200

/** Subscribe, put and list (sections 4 and 5). */
export class Transport {
  readonly #core: Core
  readonly #host: SubscriptionHost

  constructor(core: Core, sentPushes: SentPushes) {
    this.#core = core
    this.#host = {
      clock: core.clock,
      times: {
        holdMs: holdMs(core.settings.suspendTimeMaxS),
        plainMs: PLAIN_MS,
        lingerMs: LINGER_MS,
      },
      headers: (expectsAnswer) =>
        transportHeaders(core.settings, core.clock.now().wallMs, expectsAnswer),
      sent: (serial, push, byPoll) => sentPushes.sent(serial, push, byPoll),
      ended: (over) => core.subscriptions.remove(over),
    }
  }

  /**
   * Answers a subscribe, or holds it. The subscription is registered before the state is loaded and
   * gets every push from then on, so no change is lost between comparing and holding.
   *
   * @param answered - called once the subscribe is answered or held, or with an error instead
   */
  subscribe(
    caller: Caller,
    request: SubscribeRequest,
    channel: Channel,
    answered: (error?: unknown) => void,
  ): Subscription {
    const { subscriptions, presence } = this.#core
    const { serial } = caller
    const subscription = new Subscription(serial, request, channel, this.#host)
    subscriptions.add(subscription)
    const decide = request.form === 'poll' ? decidePoll : decideSubscribe
    presence.run(
      caller,
      (input, contact) => decide(input, contact, request.objects, this.#host.times.holdMs),
      ({ push, expectsAnswer }, isLate) => {
        subscriptions.finishOldest(serial)
        subscription.open(isLate ? undefined : push, expectsAnswer)
        // It subscribes again, and gets what is on file then.
        if (isLate) subscription.finish()
        answered()
      },
      (error) => {
        subscriptions.remove(subscription)
        answered(error)
      },
    )
    return subscription
  }

  /** Stores a put, and returns its buckets for the receipts once they are on disk (`U5`, `U6`). */
  async put(caller: Caller, request: PutRequest): Promise<Bucket[]> {
    const { clock, presence, tallies } = this.#core
    const begunAtMs = clock.now().steadyMs
    if (request.refused.length > 0) {
      const keys = request.refused.join(' ').slice(0, MAX_LOGGED_LENGTH)
      this.#core.log.warn(
        'put refused: not this thermostat’s to write',
        { serial: caller.serial, keys },
        { quietMs: CLIENT_MISTAKE_QUIET_MS },
      )
    }
    const stored = await presence.decide(caller, (input, contact) =>
      decidePut(input, contact, request),
    )
    tallies.putS.observe((clock.now().steadyMs - begunAtMs) / 1000)
    return stored
  }

  /** The versions of the buckets of a device, and the headers for them. */
  async list(
    serial: string,
  ): Promise<{ versions: (BucketVersion & { objectKey: string })[]; headers: Headers }> {
    const state = await this.#core.store.load(serial)
    return {
      versions: [...state.buckets.values()].sort((a, b) => (a.objectKey < b.objectKey ? -1 : 1)),
      headers: this.#host.headers(expectsAnswer(openChanges(state))),
    }
  }
}
