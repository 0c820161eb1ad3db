import type { ServerResponse } from 'node:http'
import { NleError } from '../../errors.ts'
import { pairingOnly } from '../../protocol/access.ts'
import { parseSubscribe } from '../../protocol/subscribe.ts'
import { type Handler, TAKEN, type Taken } from '../http/reply.ts'
import type { Channel } from '../subscription.ts'
import { callerOf } from './caller.ts'
import type { DeviceServices } from './routes.ts'

/** A device that leaves more than this unread is let go; it lists what it has when it comes back. */
const MAX_UNREAD_BYTES = 256 * 1024

/** `POST /nest/transport`: the held connection (section 4). */
export function subscribeHandler({ transport, access }: DeviceServices): Handler {
  return async (request, response): Promise<Taken> => {
    const serial = callerOf(request)
    const may = access.check(serial)
    const parsed = parseSubscribe(await request.json(), serial)
    if (parsed === undefined) throw new NleError('invalid', 'The body is not a subscribe.')
    const subscribe = may === 'full' ? parsed : pairingOnly(parsed)
    await new Promise<void>((resolve, reject) => {
      const answered = (error?: unknown): void => (error === undefined ? resolve() : reject(error))
      const channel = responseChannel(response)
      const subscription = transport.subscribe(serial, subscribe, channel, answered)
      response.on('close', () => subscription.clientGone())
    })
    return TAKEN
  }
}

/** A node:http response as the far end of a subscription. */
function responseChannel(response: ServerResponse): Channel {
  const refused = new Error('the connection is gone')
  return {
    writeHead(headers) {
      if (response.destroyed) return
      response.writeHead(200, { 'Content-Type': 'application/json', ...headers })
      response.flushHeaders()
    },
    write(document, done) {
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
      if (response.destroyed) done(refused)
      else response.write(document, (error) => done(error ?? undefined))
    },
    end() {
      response.end()
    },
    endPlain(headers, document, done) {
      if (response.destroyed) {
        done(refused)
        return
      }
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(document),
        ...headers,
      })
      response.end(document, () => done(response.errored ?? undefined))
    },
  }
}
