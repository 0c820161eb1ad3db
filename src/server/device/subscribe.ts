import type { ServerResponse } from 'node:http'
import { NleError } from '../../errors.ts'
import { pairingOnly } from '../../protocol/pairing/pairing-only.ts'
import type { Dialect } from '../../protocol/transport/dialect.ts'
import type { SubscribeRequest } from '../../protocol/transport/subscribe-request.ts'
import type { Caller } from '../core/presence.ts'
import type { Channel, Done, Headers, Subscription } from '../core/subscription.ts'
import { TAKEN, type Taken, writeHead } from '../http/reply.ts'
import type { Transport } from '../thermostats/transport.ts'
import { callerOf, type DeviceHandler } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/** A slow reader with more unread bytes is dropped; it lists its versions when it comes back. */
const MAX_UNREAD_BYTES = 256 * 1024

/** `POST /nest/transport` and `POST /nest/transport/v3/subscribe`: the held connection (section 4, `V5`). */
export function subscribeHandler(
  { transport, access }: DeviceServices,
  dialect: Dialect,
): DeviceHandler {
  return async (request, response): Promise<Taken> => {
    const caller = callerOf(request)
    const may = await access.check(caller.serial)
    const parsed = dialect.parseSubscribe(await request.json(), caller.serial)
    if (parsed === undefined) throw new NleError('invalid', 'The body is not a subscribe.')
    const subscribe = may === 'full' ? parsed : pairingOnly(parsed)
    await openSubscription(transport, caller, subscribe, response)
    return TAKEN
  }
}

/** Resolves once the answer is sent or held. */
function openSubscription(
  transport: Transport,
  caller: Caller,
  subscribe: SubscribeRequest,
  response: ServerResponse,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const channel = new ResponseChannel(response)
    const subscription = transport.subscribe(caller, subscribe, channel, (error) =>
      error === undefined ? resolve() : reject(error),
    )
    reportClose(response, subscription)
  })
}

/** A function of its own, so that the listener on a held connection keeps nothing of the request. */
function reportClose(response: ServerResponse, subscription: Subscription): void {
  response.on('close', () => subscription.clientGone())
}

/** A node:http response as the channel of a subscription. */
class ResponseChannel implements Channel {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  writeHead(headers: Headers): void {
    if (this.#response.destroyed) return
    writeHead(this.#response, 200, { 'Content-Type': 'application/json', ...headers })
    this.#response.flushHeaders()
  }

  write(document: string, done: Done): void {
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy()
    if (this.#response.destroyed) done(connectionGone())
    else this.#response.write(document, (error) => done(error ?? undefined))
  }

  end(): void {
    this.#response.end()
  }

  endPlain(headers: Headers, document: string, done: Done): void {
    const response = this.#response
    if (response.destroyed) {
      done(connectionGone())
      return
    }
    writeHead(response, 200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(document),
      ...headers,
    })
    response.end(document, () => done(response.errored ?? undefined))
  }
}

function connectionGone(): Error {
  return new Error('the connection is gone')
}
