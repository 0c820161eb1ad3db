import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { NleError } from '../../errors.ts'
import { parseIp } from '../../protocol/lan/addresses.ts'
import { forbiddenAddress } from '../../protocol/notify/receiver-address.ts'
import type { ReceiverRequest } from '../../protocol/notify/receiver-request.ts'
import type { Clock } from '../core/clock.ts'
import { nodeHttp, nodeHttps } from '../core/node-modules.ts'

/** For the whole of it: name, connection, request, and the status of the answer. */
const TIMEOUT_MS = 10_000

/** Sends a request to a receiver. Rejects with NleError `unreachable`, whose message may be shown. */
export type Post = (request: ReceiverRequest, signal: AbortSignal) => Promise<number>

/** Resolves names; tests bring their own. */
export type Resolve = typeof lookup

/**
 * Makes the function that sends requests to receivers. A name is resolved and checked with every request, and the
 * connection goes to the address that was checked. Redirects are not followed; of an answer only the status is
 * read.
 */
export function poster(clock: Clock, resolve: Resolve = lookup): Post {
  return ({ url, headers, body }, signal) =>
    new Promise((answered, failed) => {
      const fail = (why: string): void => failed(new NleError('unreachable', why))
      const target = new URL(url)
      const host = target.hostname.replace(/^\[|\]$/g, '')
      const forbidden = parseIp(host) === undefined ? undefined : forbiddenAddress(host)
      if (forbidden !== undefined) {
        fail(`${forbidden}; nothing is sent there.`)
        return
      }
      const { request } = target.protocol === 'https:' ? nodeHttps() : nodeHttp()
      const asked = request(
        target,
        {
          method: 'POST',
          headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
          // No connection is kept, so each request checks the address anew.
          agent: false,
          lookup: checked(resolve),
          signal,
        },
        (answer) => {
          const status = answer.statusCode ?? 0
          asked.destroy()
          if (status >= 200 && status < 300) answered(status)
          else if (status >= 300 && status < 400) {
            fail(`It answered ${status}, a redirect. nle does not follow it: give its new address.`)
          } else fail(`It answered ${status}${nameOf(status)}.`)
        },
      )
      const timer = clock.setTimer(TIMEOUT_MS, () =>
        asked.destroy(new Error(`it did not answer within ${TIMEOUT_MS / 1000} seconds`)),
      )
      asked.on('error', (error) => fail(`It cannot be reached: ${error.message}.`))
      asked.on('close', () => {
        clock.clearTimer(timer)
        // It ended without an answer and without an error.
        fail('It hung up.')
      })
      asked.end(body)
    })
}

function nameOf(status: number): string {
  const name = nodeHttp().STATUS_CODES[status]
  return name === undefined ? '' : ` ${name}`
}

/** Resolves a name, and fails when one of its addresses is forbidden. */
function checked(resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const forbidden = (addresses ?? []).map(({ address }) => forbiddenAddress(address))
      const why = forbidden.find((each) => each !== undefined)
      const [first] = addresses ?? []
      if (error !== null) done(error, '', 0)
      else if (why !== undefined) done(new Error(`${why}, and nothing is sent there`), '', 0)
      else if (options.all === true) done(null, addresses)
      else done(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}
