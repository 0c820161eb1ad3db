import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type LogFields, silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { ok, TAKEN } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'
import { readTlsPair } from '../../../src/server/http/tls-files.ts'

const MAX = 8
/** Two households, as far as a listener can tell. */
const HOME = '127.0.0.1'
const STRANGER = '127.0.0.2'
const TLS = readTlsPair(join(import.meta.dirname, '..', '..', 'fixtures', 'tls', 'first'))

/** A listener for a few connections, with an endpoint that holds. */
async function start(t: Test, tls?: typeof TLS) {
  const warnings: LogFields[] = []
  const responses: ServerResponse[] = []
  const server = createListener({
    name: 'test',
    log: { ...silentLogger, warn: (_, fields) => warnings.push(fields ?? {}) },
    tls,
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
  const held = async (): Promise<Socket> => {
    const socket = await dial(HOME)
    socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n')
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
  return { dial, held, finish, answer, warnings }
}

t.test('whoever fills a listener up makes room for others, the oldest first', async (t) => {
  const { dial, answer, warnings } = await start(t)
  const first = await dial(STRANGER)
  for (let i = 1; i < MAX; i++) await dial(STRANGER)
  const gone = once(first, 'close')
  t.match(await answer(), /^HTTP\/1.1 200 /)
  await gone
  t.strictSame(warnings, [{ listener: 'test', connections: MAX, most: STRANGER }])
})

t.test('those of others stay, however many come', async (t) => {
  const { dial, held, finish, answer, warnings } = await start(t)
  const mine = [await held()]
  const strangers: Socket[] = []
  for (let i = 0; i < 20; i++) strangers.push(await dial(STRANGER))
  mine.push(await held())
  t.match(await answer(), /^HTTP\/1.1 200 /)
  const makeRoom = strangers.slice(0, mine.length + 20 - MAX)
  await Promise.all(makeRoom.map((each) => each.closed || once(each, 'close')))
  const ends = mine.map((each) => once(each, 'data'))
  finish()
  for (const end of ends) t.match(String(await end), /finished/)
  t.equal(warnings.length, 1, 'said once')
})

t.test('a network that fills a listener up alone goes on being served', async (t) => {
  const { held, answer } = await start(t)
  const mine: Socket[] = []
  for (let i = 0; i < MAX; i++) mine.push(await held())
  const gone = once(mine[0] as Socket, 'close')
  t.match(await answer(), /^HTTP\/1.1 200 /)
  await gone
})

t.test('with TLS it is the same, before a word is said', async (t) => {
  const { dial } = await start(t, TLS)
  const first = await dial(STRANGER)
  const gone = once(first, 'close')
  for (let i = 0; i < MAX; i++) await dial(STRANGER)
  await gone
  t.pass('the oldest was closed')
})
