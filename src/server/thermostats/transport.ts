import type { Bucket, BucketVersion } from '../../protocol/bucket.ts'
import { type HoldTimes, LINGER_MS, PLAIN_MS, type Push } from '../../protocol/transport/hold.ts'
import type { PutRequest } from '../../protocol/transport/put-request.ts'
import type { SubscribeRequest } from '../../protocol/transport/subscribe-request.ts'
import { holdMs, transportHeaders } from '../../protocol/transport/wire.ts'
import type { Core } from '../core/core.ts'
import { LogOnce } from '../core/log-once.ts'
import type { Caller } from '../core/presence.ts'
import {
  type Channel,
  type Headers,
  Subscription,
  type SubscriptionReports,
} from '../core/subscription.ts'
import type { Transaction } from '../core/writer.ts'
import { DeviceData } from './device-data.ts'
import type { Publisher } from './publisher.ts'
import { ServedBuckets } from './served-buckets.ts'

/** Of what a stranger wrote: enough to see what it was. */
const MAX_LOGGED_LENGTH = 200

/** Subscribe, put and list (sections 4 and 5): how thermostat and server keep in step. */
export class Transport {
  readonly #core: Core
  readonly #publisher: Publisher
  readonly #times: HoldTimes
  readonly #reports: SubscriptionReports
  readonly #data: DeviceData
  readonly #served: ServedBuckets
  readonly #complaints: LogOnce

  constructor(core: Core, publisher: Publisher) {
    this.#core = core
    this.#publisher = publisher
    this.#times = {
      holdMs: holdMs(core.settings.suspendTimeMaxS),
      plainMs: PLAIN_MS,
      lingerMs: LINGER_MS,
    }
    this.#reports = {
      headers: (expectsAnswer) =>
        transportHeaders(core.settings, core.clock.now().wallMs, expectsAnswer),
      sent: (serial, push) => publisher.onSent(serial, push),
      ended: (over) => core.hub.remove(over),
    }
    this.#data = new DeviceData(core.hub)
    this.#complaints = new LogOnce(core.log, () => core.clock.now().steadyMs)
    this.#served = new ServedBuckets(this.#times.holdMs, publisher)
  }

  /**
   * Judges what a device lists, and answers or holds. From the moment it is judged the subscription
   * hears of every push, so no change falls between comparing and holding.
   *
   * @param answered - called once the answer is out or held; with an error instead of any answer when
   * the store cannot be written
   */
  subscribe(
    caller: Caller,
    request: SubscribeRequest,
    channel: Channel,
    answered: (error?: unknown) => void,
  ): Subscription {
    const { hub, writer, clock } = this.#core
    const subscription = new Subscription(
      caller.serial,
      request,
      this.#times,
      channel,
      clock,
      this.#reports,
    )
    writer.run(
      (tx) => {
        const answer = this.#judge(tx, caller, request)
        hub.add(subscription)
        return answer
      },
      ({ push, expectsAnswer }) => {
        hub.makeRoom(caller.serial)
        subscription.open(push, expectsAnswer)
        answered()
      },
      (error) => {
        hub.remove(subscription)
        answered(error)
      },
    )
    return subscription
  }

  /** Stores what a device puts; the receipts come once it is on disk (`U5`, `U6`). */
  put(caller: Caller, request: PutRequest): Promise<Bucket[]> {
    const { writer, hub, clock, contacts } = this.#core
    const { serial } = caller
    if (request.refused.length > 0) {
      this.#complaints.warn('put refused: not this thermostat’s to write', {
        serial,
        keys: request.refused.join(' ').slice(0, MAX_LOGGED_LENGTH),
      })
    }
    return writer.commit((tx) => {
      contacts.heard(tx, caller)
      const now = clock.now()
      return request.objects.map(({ objectKey, value, baseRevision, ifRevision }) => {
        const listedTimestamp = hub.listedTimestamp(serial, objectKey)
        const write = { objectKey, value, baseRevision, ifRevision, listedTimestamp }
        return this.#data.write(tx, serial, write, now)
      })
    })
  }

  /** The versions of what is on file for a device, and the headers that go with them. */
  list(serial: string): { versions: (BucketVersion & { objectKey: string })[]; headers: Headers } {
    return {
      versions: this.#core.store.buckets.versions(serial),
      headers: this.#reports.headers(this.#expectsAnswer(serial)),
    }
  }

  /** Drops what was remembered of devices that have not come back for an hour. */
  forgetOld(steadyMs: number): void {
    this.#served.forgetOld(steadyMs)
    this.#publisher.forgetOld(steadyMs)
  }

  /** Drops what was remembered of one device. */
  forget(serial: string): void {
    this.#served.forget(serial)
  }

  /** Whether a temperature or mode change is on its way (`S2`). */
  #expectsAnswer(serial: string): boolean {
    return this.#core.store.changes.open(serial).some(({ kind }) => kind === 'setpoint')
  }

  #judge(
    tx: Transaction,
    caller: Caller,
    { objects }: SubscribeRequest,
  ): { push: Push | undefined; expectsAnswer: boolean } {
    const now = this.#core.clock.now()
    const { serial } = caller
    this.#core.contacts.heard(tx, caller)
    const structureKey = this.#data.learnStructureKey(tx, serial, objects)
    for (const listed of objects) this.#data.takeValue(tx, serial, listed, now)

    const listedBy = new Map(objects.map((listed) => [listed.objectKey, listed]))
    const plans = this.#publisher.deliver(tx, serial, listedBy, now)
    const pairing = this.#served.pairing(tx, serial, structureKey, listedBy, now)
    const others = this.#served.others(tx, serial, structureKey, objects, now)
    const first = [...pairing, ...others]
    return {
      push:
        first.length + plans.length === 0
          ? undefined
          : this.#publisher.record(tx, serial, plans, first),
      expectsAnswer: this.#expectsAnswer(serial),
    }
  }
}
