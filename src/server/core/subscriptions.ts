import { type HeldConnections, NOTHING_HELD } from '../../protocol/thermostat/decision.ts'
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
    for (const subscription of [...(this.#bySerial.get(serial) ?? [])]) subscription.push(push)
  }

  count(serial: string): number {
    return this.#bySerial.get(serial)?.size ?? 0
  }

  /** The connections of one device, for a decision. */
  held(serial: string): HeldConnections {
    const held = this.#bySerial.get(serial)
    if (held === undefined) return NOTHING_HELD
    return {
      count: held.size,
      lists: (objectKey) => [...held].some(({ listed }) => listed.has(objectKey)),
      listedTimestamp: (objectKey) => {
        let latest = 0
        for (const { listed } of held) latest = Math.max(latest, listed.get(objectKey) ?? 0)
        return latest
      },
    }
  }

  totals(): { subscriptions: number; devices: number } {
    let subscriptions = 0
    for (const held of this.#bySerial.values()) subscriptions += held.size
    return { subscriptions, devices: this.#bySerial.size }
  }

  /** Finishes the held responses of one device, or of all, cleanly (`S9`). */
  finish(serial?: string): void {
    const serials = serial === undefined ? [...this.#bySerial.keys()] : [serial]
    for (const each of serials) {
      for (const subscription of [...(this.#bySerial.get(each) ?? [])]) subscription.finish()
    }
  }
}
