import type { Test } from 'tap'

import { SERIAL } from './home.ts'
import { Wire, type WireRequest } from './wire.ts'

/** A server that a device can call, in this process or another. */
export interface Served {
  readonly server: { readonly localDeviceUrl: string }
}

/** How a thermostat lists one bucket when it subscribes. */
export interface Listed {
  readonly key: string
  readonly revision?: number
  readonly timestamp?: number
  readonly value?: object
}

/** Sends the requests of one thermostat, byte by byte, and checks no answer. */
export class Device {
  readonly serial: string
  readonly #t: Test
  readonly #home: Served

  constructor(t: Test, home: Served, serial = SERIAL) {
    this.serial = serial
    this.#t = t
    this.#home = home
  }

  get headers(): Record<string, string> {
    return { Authorization: `Basic ${btoa(`d.${this.serial}.5EED0001:any password`)}` }
  }

  /** Sends a request on a connection of its own, which ends with the test. */
  send(request: WireRequest): Wire {
    const wire = new Wire(this.#home.server.localDeviceUrl, {
      ...request,
      headers: { ...this.headers, ...request.headers },
    })
    this.#t.teardown(() => wire.hangUp())
    return wire
  }

  get(path: string): Wire {
    return this.send({ method: 'GET', path })
  }

  post(path: string, body: unknown): Wire {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return this.send({ method: 'POST', path, body: text })
  }

  /** Subscribes as production builds do. */
  subscribe(listed: readonly Listed[] = [], more: object = { chunked: true }): Wire {
    return this.post('/nest/transport', {
      ...more,
      session: 'session',
      objects: listed.map(wireObject),
    })
  }

  /** Subscribes and resolves once the headers are here. */
  async hold(listed: readonly Listed[] = []): Promise<Wire> {
    const wire = this.subscribe(listed)
    await wire.head()
    return wire
  }

  /** Puts by object key; resolves to the receipts. */
  async put(buckets: Readonly<Record<string, object>>): Promise<unknown> {
    return this.post('/nest/transport/put', { session: 'session', ...buckets }).json()
  }

  /** The code on its screen. */
  async code(): Promise<string> {
    const { value } = (await this.get('/nest/passphrase').json()) as { value: string }
    return value
  }
}

function wireObject({ key, revision = 0, timestamp = 0, value }: Listed): object {
  return {
    object_revision: revision,
    object_timestamp: timestamp,
    object_key: key,
    ...(value === undefined ? {} : { value }),
  }
}
