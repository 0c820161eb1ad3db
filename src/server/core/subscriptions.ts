import type { FollowingConnection } from '../../protocol/delivery/decide-follow.ts'
import type { HeldConnections } from '../../protocol/thermostat/decision.ts'
import type { Push } from '../../protocol/transport/hold.ts'
import type { Subscription } from './subscription.ts'

/** The subscriptions that this process holds, by serial. A device may have several at once (`S7`). */
export class Subscriptions {
  readonly #bySerial = new Map<string, Set<Subscription>>()
  readonly #maxPerDevice: number

  constructor(maxPerDevice: number) {
    this.#maxPerDevice = maxPerDevice
  }

  /** From now on the subscription receives every push. */
  add(subscription: Subscription): void {
    const held = this.#bySerial.get(subscription.serial) ?? new Set()
    this.#bySerial.set(subscription.serial, held)
    held.add(subscription)
  }

  /** Finishes the oldest subscriptions of a device beyond the limit (`S7`). */
  finishOldest(serial: string): void {
    const held = this.#bySerial.get(serial) ?? new Set()
    for (const oldest of held) {
      if (held.size <= this.#maxPerDevice) break
      held.delete(oldest)
      oldest.finish()
    }
  }

  remove(subscription: Subscription): void {
    const held = this.#bySerial.get(subscription.serial)
    if (held === undefined) return
    held.delete(subscription)
    if (held.size === 0) this.#bySerial.delete(subscription.serial)
  }

  /** Pushes to all subscriptions of a device. */
  push(serial: string, push: Push): void {
    for (const subscription of this.#of(serial)) subscription.push(push)
  }

  /** Those with a held connection, the longest held first. */
  serials(): Iterable<string> {
    return this.#bySerial.keys()
  }

  /** Pushes to those subscriptions of a device that lack something of it. */
  pushWhereLacking(serial: string, push: Push): void {
    for (const subscription of this.#of(serial)) {
      const lacks = push.objects.some(
        ({ objectKey, timestamp }) => timestamp > subscription.latest(objectKey),
      )
      if (lacks) subscription.push(push)
    }
  }

  /** The connections of one device, each with what went out on it. */
  following(serial: string): FollowingConnection[] {
    return this.#of(serial).map((each) => ({
      openedAtMs: each.openedAtMs,
      latest: (objectKey) => each.latest(objectKey),
      lists: (objectKey) => each.listed.has(objectKey),
      listedKeys: [...each.listed].flatMap(([objectKey, atMs]) => (atMs > 0 ? [objectKey] : [])),
    }))
  }

  count(serial: string): number {
    return this.#bySerial.get(serial)?.size ?? 0
  }

  /** The connections of one device, for a decision. */
  held(serial: string): HeldConnections {
    const held = this.#of(serial)
    return {
      count: held.length,
      polls: held.length > 0 && held.every(({ isPoll }) => isPoll),
      lists: (objectKey) => held.some(({ listed }) => listed.has(objectKey)),
      listedTimestamp: (objectKey) =>
        Math.max(0, ...held.map(({ listed }) => listed.get(objectKey) ?? 0)),
    }
  }

  totals(): { subscriptions: number; devices: number } {
    const subscriptions = [...this.#bySerial.values()].reduce((sum, { size }) => sum + size, 0)
    return { subscriptions, devices: this.#bySerial.size }
  }

  /** Finishes the held responses of one device, or of all, cleanly (`S9`). */
  finish(serial?: string): void {
    const serials = serial === undefined ? [...this.#bySerial.keys()] : [serial]
    for (const subscription of serials.flatMap((each) => this.#of(each))) subscription.finish()
  }

  /** A copy, because a subscription that ends removes itself. */
  #of(serial: string): Subscription[] {
    return [...(this.#bySerial.get(serial) ?? [])]
  }
}
