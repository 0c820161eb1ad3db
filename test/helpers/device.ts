import type { Test } from 'tap'

import { SERIAL } from './home.ts'
import { Wire, type WireRequest } from './wire.ts'

/** A server that a device can call, in this process or another. */
export interface Served {
  readonly server: { readonly localDeviceUrl: string }
}

/** What a thermostat says of one bucket when it subscribes. */
export interface Listed {
  readonly key: string
  readonly revision?: number
  readonly timestamp?: number
  readonly value?: object
}

/** The requests of one thermostat, byte by byte, with no opinion about the answers. */
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

  /** A request on a connection of its own, which ends with the test. */
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

  /** A subscribe as production builds send it. */
  subscribe(listed: readonly Listed[] = [], more: object = { chunked: true }): Wire {
    return this.post('/nest/transport', {
      ...more,
      session: 'session',
      objects: listed.map(wireObject),
    })
  }

  /** A subscribe that is held, or answered by headers at least. */
  async hold(listed: readonly Listed[] = []): Promise<Wire> {
    const wire = this.subscribe(listed)
    await wire.head()
    return wire
  }

  /** A put by object key; the receipts. */
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
