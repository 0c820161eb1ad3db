import type { Push } from '../../protocol/transport/hold.ts'
import type { Subscription } from './subscription.ts'

/** Every held subscription, by serial. A device may hold several at once (`S7`). */
export class SubscriptionHub {
  readonly #bySerial = new Map<string, Set<Subscription>>()
  readonly #maxPerDevice: number

  constructor(maxPerDevice: number) {
    this.#maxPerDevice = maxPerDevice
  }

  /** From now on the subscription hears of every push. */
  add(subscription: Subscription): void {
    const held = this.#bySerial.get(subscription.serial) ?? new Set()
    this.#bySerial.set(subscription.serial, held)
    held.add(subscription)
  }

  /** The oldest make room for one that will really be held. */
  makeRoom(serial: string): void {
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

  /** Pushes to all subscriptions of a device; how many there were. */
  push(serial: string, push: Push): number {
    const held = [...(this.#bySerial.get(serial) ?? [])]
    for (const subscription of held) subscription.push(push)
    return held.length
  }

  count(serial: string): number {
    return this.#bySerial.get(serial)?.size ?? 0
  }

  /** Whether the device knows this bucket, by what it listed on what it holds now. */
  lists(serial: string, objectKey: string): boolean {
    return [...(this.#bySerial.get(serial) ?? [])].some(({ listed }) => listed.has(objectKey))
  }

  /** The latest timestamp the device listed for a bucket on what it holds now; 0 when it did not. */
  listedTimestamp(serial: string, objectKey: string): number {
    let latest = 0
    for (const { listed } of this.#bySerial.get(serial) ?? []) {
      latest = Math.max(latest, listed.get(objectKey) ?? 0)
    }
    return latest
  }

  totals(): { subscriptions: number; devices: number } {
    let subscriptions = 0
    for (const held of this.#bySerial.values()) subscriptions += held.size
    return { subscriptions, devices: this.#bySerial.size }
  }

  /** Finishes every held response of one device, or of all, cleanly (`S9`). */
  finish(serial?: string): void {
    const serials = serial === undefined ? [...this.#bySerial.keys()] : [serial]
    for (const each of serials) {
      for (const subscription of [...(this.#bySerial.get(each) ?? [])]) subscription.finish()
    }
  }
}
