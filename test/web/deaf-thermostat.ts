import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceBucket } from '../../src/virtual/device/device-bucket.ts'
import { Wire } from '../helpers/wire.ts'

/** Before it calls a server that is away again, ms. */
const RETRY_MS = 300

/**
 * A thermostat that ignores every change: it holds a subscription, and lists the versions that it had before,
 * whatever it is pushed.
 */
export class DeafThermostat {
  readonly #origin: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #body: string
  #wire: Wire | undefined
  #stopped = false

  constructor(serial: string, origin: string, buckets: Iterable<DeviceBucket>) {
    this.#origin = origin
    // The password of a virtual thermostat: with another one it would be another thermostat.
    const credentials = btoa(`d.${serial}.5EED0001:virtual-thermostat`)
    this.#headers = { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json' }
    const objects = [...buckets].map(({ key, revision, timestamp }) => ({
      object_revision: revision,
      object_timestamp: timestamp,
      object_key: key,
    }))
    this.#body = JSON.stringify({ chunked: true, session: 'deaf', objects })
  }

  /** Subscribes again and again; resolves once the first subscription is held. */
  async start(): Promise<void> {
    const first = this.#subscribe()
    void this.#goOn(first)
    await first.head()
  }

  stop(): void {
    this.#stopped = true
    this.#wire?.hangUp()
  }

  #subscribe(): Wire {
    this.#wire = new Wire(this.#origin, {
      method: 'POST',
      path: '/nest/transport',
      headers: this.#headers,
      body: this.#body,
    })
    return this.#wire
  }

  async #goOn(first: Wire): Promise<void> {
    for (let wire = first; ; wire = this.#subscribe()) {
      const isOver = await wire.ended().catch(() => false)
      wire.hangUp()
      if (this.#stopped) return
      if (!isOver) await sleep(RETRY_MS)
      if (this.#stopped) return
    }
  }
}
