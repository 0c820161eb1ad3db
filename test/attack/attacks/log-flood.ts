import { randomInt, randomUUID } from 'node:crypto'
import { deviceRequest, httpRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Crowd, type Listener, type Stranger } from '../crowd.ts'
import { claim, fillWithMadeUp, madeUpCode, madeUpSerial, storedSerial } from '../made-up.ts'

const MADE_UP = 4
const ADDRESSES = 20
const EVERY_MS = 20

interface Kind {
  readonly what: string
  readonly listener: Listener
  /** A new one each time. */
  readonly request: () => string
}

const KINDS: readonly Kind[] = [
  {
    what: 'wrong path',
    listener: 'control',
    request: () => httpRequest('GET', `/${randomUUID()}`),
  },
  {
    what: 'wrong path',
    listener: 'device',
    request: () => httpRequest('GET', `/nest/${randomUUID()}`),
  },
  { what: 'wrong code', listener: 'control', request: () => claim(madeUpCode()) },
  {
    what: 'wrong token',
    listener: 'control',
    request: () => listRequest(`Authorization: Bearer ${randomUUID()}\r\n`),
  },
  {
    what: 'foreign page',
    listener: 'control',
    request: () => listRequest(`Origin: http://${randomUUID()}.example.org\r\n`),
  },
  { what: 'unknown host', listener: 'control', request: () => underUnknownHost(listRequest()) },
  {
    what: 'unknown host',
    listener: 'device',
    request: () => underUnknownHost(deviceRequest(madeUpSerial(), 'GET', '/nest/entry')),
  },
  {
    what: 'no JSON',
    listener: 'device',
    request: () => deviceRequest(madeUpSerial(), 'POST', '/nest/transport/put', randomUUID()),
  },
  {
    what: 'no serial',
    listener: 'device',
    request: () => httpRequest('GET', '/nest/passphrase'),
  },
  { what: 'command', listener: 'control', request: commandRequest },
]

/** Strangers send what gets logged: wrong paths, codes, tokens, hosts, commands, and bytes that are no HTTP. */
export const logFlood: Attack = {
  what: `${ADDRESSES} addresses send commands, and requests that are wrong in ${KINDS.length} ways`,
  prepare: (databasePath) => fillWithMadeUp(databasePath, MADE_UP),
  maxGrowth: { logMb: 2, databaseMb: 50 },
  strangers: (crowd) => {
    let n = 0
    return crowd.repeat(addresses(ADDRESSES), EVERY_MS, async (stranger) => {
      const kind = KINDS[n++ % (KINDS.length + 1)]
      if (kind === undefined) await sendNoHttp(crowd, stranger)
      else await stranger.ask(kind.listener, kind.what, kind.request())
    })
  },
}

function listRequest(header = ''): string {
  return httpRequest('GET', '/api/devices', '', header)
}

function underUnknownHost(request: string): string {
  return request.replace('Host: 127.0.0.1', `Host: ${randomUUID()}.example.org`)
}

function commandRequest(): string {
  const value = 10 + randomInt(1_000) / 100
  const command = { serial: storedSerial(randomInt(MADE_UP)), command: 'set_temperature', value }
  return httpRequest('POST', '/command', JSON.stringify(command))
}

function sendNoHttp(crowd: Crowd, { address }: Stranger): Promise<void> {
  const socket = crowd.connect(randomInt(2) === 0 ? 'device' : 'control', address)
  const text = `${randomUUID()}\r\n\r\n`
  crowd.count('no HTTP')
  crowd.sent(text.length)
  socket.end(text)
  socket.resume()
  return new Promise((resolve) => socket.on('close', () => resolve()))
}
