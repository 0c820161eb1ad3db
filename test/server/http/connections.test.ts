import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { addressRange } from '../../../src/protocol/lan/forwarding.ts'
import { type LogFields, silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { Remotes } from '../../../src/server/http/remotes.ts'
import { ok, TAKEN } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'
import { readTlsPair } from '../../../src/server/http/tls-files.ts'

const MAX = 16
/** Two households, as far as a listener can tell. */
const HOME = '127.0.0.1'
const STRANGER = '127.0.0.2'
const TLS = readTlsPair(join(import.meta.dirname, '..', '..', 'fixtures', 'tls', 'first'))

/** A listener for a few connections, with an endpoint that holds. */
async function start(
  t: Test,
  { tls, proxies = [] }: { tls?: typeof TLS; proxies?: string[] } = {},
) {
  const warnings: LogFields[] = []
  const responses: ServerResponse[] = []
  const server = createListener({
    name: 'test',
    log: { ...silentLogger, warn: (_, fields) => warnings.push(fields ?? {}) },
    tls,
    remotes: new Remotes(proxies.map(addressRange)),
    maxConnections: MAX,
    failureBody: (message) => ({ error: message }),
    router: new Router([
      { method: 'GET', pattern: '/', handler: () => ok('hello') },
      {
        method: 'GET',
        pattern: '/held',
        handler: (_, response) => {
          responses.push(response)
          response.writeHead(200).flushHeaders()
          return TAKEN
        },
      },
    ]),
  })
  const { port } = await listen(server, { host: '0.0.0.0', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const dial = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: HOME, localAddress })
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const held = async (from = HOME, forwardedFor?: string): Promise<Socket> => {
    const socket = await dial(from)
    const header = forwardedFor === undefined ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`
    socket.write(`GET /held HTTP/1.1\r\nHost: x\r\n${header}\r\n`)
    await once(socket, 'data')
    return socket
  }
  const answer = async (): Promise<string> => {
    const socket = await dial(HOME)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const [text] = await once(socket, 'data')
    return String(text)
  }
  const finish = (): void => {
    for (const response of responses) response.end('finished')
  }
  return { port, dial, held, finish, answer, warnings }
}

/** Resolves once this many of these connections are closed. */
async function closed(sockets: readonly Socket[], count: number): Promise<void> {
  const open = (): Socket[] => sockets.filter((each) => !each.closed)
  while (sockets.length - open().length < count) {
    await Promise.race(open().map((each) => once(each, 'close')))
  }
}

t.test('one address has half of the connections; its oldest makes room for its next', async (t) => {
  const { dial, answer, warnings } = await start(t)
  const strangers: Socket[] = []
  for (let i = 0; i < MAX / 2; i++) strangers.push(await dial(STRANGER))
  t.match(await answer(), /^HTTP\/1.1 200 /)
  t.strictSame(warnings, [])
  strangers.push(await dial(STRANGER))
  await closed(strangers, 1)
  t.ok(strangers[0]?.closed)
  t.strictSame(warnings, [{ listener: 'test', connections: MAX, most: STRANGER }])
})

t.test('those of others stay, however many come', async (t) => {
  const { dial, held, finish, answer, warnings } = await start(t)
  const mine = [await held()]
  const strangers: Socket[] = []
  for (let i = 0; i < 40; i++) strangers.push(await dial(STRANGER))
  mine.push(await held())
  t.match(await answer(), /^HTTP\/1.1 200 /)
  await closed(strangers, 40 - MAX / 2)
  const ends = mine.map((each) => once(each, 'data'))
  finish()
  for (const end of ends) t.match(String(await end), /finished/)
  t.equal(warnings.length, 1, 'said once')
})

t.test('many addresses that fill a listener up keep nobody out', async (t) => {
  const { dial, held, answer } = await start(t)
  const crowd: Socket[] = []
  for (const n of [2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6])
    crowd.push(await dial(`127.0.0.${n}`))
  await held()
  t.match(await answer(), /^HTTP\/1.1 200 /)
})

t.test('an address that has its share goes on being served', async (t) => {
  const { held, answer } = await start(t)
  const mine: Socket[] = []
  for (let i = 0; i < MAX / 2; i++) mine.push(await held())
  const gone = once(mine[0] as Socket, 'close')
  t.match(await answer(), /^HTTP\/1.1 200 /)
  await gone
})

t.test('with TLS it is the same, before a word is said', async (t) => {
  const { dial } = await start(t, { tls: TLS })
  const first = await dial(STRANGER)
  const gone = once(first, 'close')
  for (let i = 0; i < MAX; i++) await dial(STRANGER)
  await gone
  t.pass('the oldest was closed')
})

t.test('a trusted proxy has no share of its own; the callers behind it have', async (t) => {
  const { dial, held, answer, warnings } = await start(t, { proxies: [STRANGER] })
  const idle: Socket[] = []
  for (let i = 0; i < MAX - 1; i++) idle.push(await dial(STRANGER))
  t.match(await answer(), /^HTTP\/1.1 200 /)
  t.strictSame(warnings, [], 'only a full listener closes idle ones')
  for (const socket of idle) socket.end()
  await closed(idle, idle.length)

  const mine = await held(STRANGER, '192.168.1.7')
  const theirs: Socket[] = []
  for (let i = 0; i < 10; i++) theirs.push(await held(STRANGER, '192.168.1.66'))
  await closed(theirs, 3)
  t.notOk(mine.closed)
  t.strictSame(
    warnings.map(({ most }) => most),
    ['192.168.1.66'],
  )
})

t.test('behind a trusted proxy with TLS, a request counts for its caller as well', async (t) => {
  const { port, warnings } = await start(t, { tls: TLS, proxies: [STRANGER] })
  const theirs: Socket[] = []
  for (let i = 0; i < MAX; i++) {
    const socket = connectTls({
      port,
      host: HOME,
      localAddress: STRANGER,
      rejectUnauthorized: false,
    } as ConnectionOptions)
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    socket.write('GET /held HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.168.1.66\r\n\r\n')
    await once(socket, 'data')
    theirs.push(socket)
  }
  await closed(theirs, MAX / 2)
  t.strictSame(
    warnings.map(({ most }) => most),
    ['192.168.1.66'],
  )
})

t.test('from anybody else, forwarding headers change nothing', async (t) => {
  const { held, warnings } = await start(t)
  const theirs: Socket[] = []
  for (let i = 0; i < MAX; i++) theirs.push(await held(STRANGER, `192.168.1.${i}`))
  await closed(theirs, MAX / 2)
  t.strictSame(
    warnings.map(({ most }) => most),
    [STRANGER],
  )
})
