import type { NleError } from '../../src/errors.ts'
import { identify } from '../../src/protocol/identity.ts'
import { decideEntry } from '../../src/protocol/pairing/decide-entry.ts'
import { entryReply, parseEntryFacts } from '../../src/protocol/pairing/entry-document.ts'
import { V3, V7 } from '../../src/protocol/transport/dialect.ts'
import type { Services } from '../../src/server/services.ts'
import type { DeviceRequest } from '../../src/virtual/index.ts'

/** The answer on a simulated connection. */
export interface Answer {
  head(status: number, headers: Readonly<Record<string, string>>): void
  chunk(text: string, done: (error?: unknown) => void): void
  end(): void
}

/**
 * Handles one request of a thermostat as the routes of the device listener do.
 *
 * @param isAlive - whether the process that was asked still runs; without it nothing is answered
 * @returns the function to hang up
 */
export function serve(
  services: Services,
  request: DeviceRequest,
  origin: string,
  answer: Answer,
  isAlive: () => boolean,
): () => void {
  // The path alone decides the form (section 11).
  const { pathname } = new URL(request.url)
  const dialect = pathname.startsWith('/nest/transport/v3/') ? V3 : V7
  const path = pathname.replace('/nest/transport/v3/', '/nest/transport/')
  const plain = (status: number, body: unknown): void => {
    if (!isAlive()) return
    answer.head(status, {})
    answer.chunk(JSON.stringify(body), () => {})
    answer.end()
  }
  const settle = (work: Promise<unknown>): void => {
    work.then(
      (body) => plain(200, body),
      (error: NleError) => plain(error.code === 'store' ? 503 : 400, { error: error.message }),
    )
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const serial = identify({ headers })
  const socket = { destroyed: false }
  const caller = { serial: serial ?? '', network: 'simulation', socket }
  if (serial === undefined) {
    plain(400, { error: 'Device serial required' })
  } else if (path === '/nest/entry') {
    const facts = parseEntryFacts(request.body ?? '')
    const buckets = services.core.presence
      .decide(caller, (input, contact) => decideEntry(input, contact, true), facts)
      // A thermostat must always find its server (E1).
      .catch(() => [])
    settle(buckets.then((pairing) => entryReply(origin, 'simulation', pairing)))
  } else if (path === '/nest/passphrase') {
    settle(services.pairing.passphrase(caller))
  } else if (path === '/nest/passphrase/status') {
    settle(services.pairing.status(caller))
  } else if (path.startsWith('/nest/transport/device/')) {
    settle(services.transport.list(serial).then(({ versions }) => dialect.versions(versions)))
  } else if (path === '/nest/transport/put') {
    const put = dialect.parsePut(JSON.parse(request.body ?? ''), serial)
    if (put === undefined) plain(400, { error: 'not a put' })
    else settle(services.transport.put(caller, put).then(dialect.versions))
  } else if (path === '/nest/transport' || path === '/nest/transport/subscribe') {
    const subscribe = dialect.parseSubscribe(JSON.parse(request.body ?? ''), serial)
    if (subscribe === undefined) plain(400, { error: 'not a subscribe' })
    else {
      let isAnswered = false
      const subscription = services.transport.subscribe(
        caller,
        subscribe,
        {
          writeHead: (sent) => {
            isAnswered = true
            if (isAlive()) answer.head(200, chunkedHeaders(sent))
          },
          write: (text, done) => isAlive() && answer.chunk(text, done),
          end: () => isAlive() && answer.end(),
          endPlain: (sent, text, done) => {
            isAnswered = true
            if (!isAlive()) return
            answer.head(200, plainHeaders(sent, text))
            if (text === '') done()
            else answer.chunk(text, done)
            answer.end()
          },
        },
        (error) => {
          if (error !== undefined && !isAnswered) plain(503, { error: String(error) })
        },
      )
      return () => {
        socket.destroyed = true
        if (isAlive()) subscription.clientGone()
      }
    }
  } else {
    plain(404, { error: path })
  }
  return () => {
    socket.destroyed = true
  }
}

/** With the header that node:http adds to a body without a length. */
function chunkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return { ...lowerCase(headers), 'transfer-encoding': 'chunked' }
}

/** With the header that the device listener adds to a body that is sent at once. */
function plainHeaders(
  headers: Readonly<Record<string, string>>,
  text: string,
): Record<string, string> {
  return { ...lowerCase(headers), 'content-length': String(Buffer.byteLength(text)) }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
