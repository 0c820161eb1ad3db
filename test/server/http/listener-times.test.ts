import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { MemoryRoom } from '../../../src/server/http/memory-room.ts'
import { ok, TAKEN } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'

const TIMES = { headersMs: 100, requestMs: 100, writeStallMs: 100, hangUpMs: 100 }
/** More than any socket's buffers take. */
const LARGE = 'x'.repeat(64 * 1024 * 1024)

interface Dialling {
  dial(text: string): Socket
  /** The server's end of the first connection. */
  readonly accepted: Promise<Socket>
  readonly port: number
}

async function start(t: Test): Promise<Dialling> {
  const server = createListener({
    name: 'test',
    log: silentLogger,
    times: TIMES,
    room: new MemoryRoom(1024 * 1024 * 1024),
    failureBody: (message) => ({ error: message }),
    router: new Router([
      { method: 'POST', pattern: '/body', handler: async (request) => ok(await request.json()) },
      { method: 'GET', pattern: '/large', handler: () => ok(LARGE) },
      {
        method: 'GET',
        pattern: '/held',
        handler: (_, response) => {
          response.writeHead(200).flushHeaders()
          setTimeout(() => response.end('late'), 4 * TIMES.writeStallMs)
          return TAKEN
        },
      },
    ]),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port,
    accepted: once(server, 'connection').then(([socket]) => socket as Socket),
    dial: (text) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(text)
      return socket
    },
  }
}

async function all(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (part) => {
    text += part
  })
  await once(socket, 'close')
  return text
}

t.test('a body, or headers, that do not come to an end are 408', async (t) => {
  const { dial } = await start(t)
  const post = 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'
  t.match(await all(dial(post)), /^HTTP\/1.1 408 .*\{"error":"The request took too long\."\}$/s)
  t.match(await all(dial('GET /large HTTP/1.1\r\nHost: x\r\nX-')), /^HTTP\/1.1 408 /)
})

t.test('a held answer is no request any more, and takes as long as it likes', async (t) => {
  const { dial } = await start(t)
  const text = await all(dial('GET /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
  t.match(text, /late/)
})

t.test('who does not read an answer is let go', async (t) => {
  const { dial, accepted } = await start(t)
  const socket = dial('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.pause()
  let received = 0
  // Only when the server has hung up is anything read, and it is not all there.
  await once(await accepted, 'close')
  socket.on('data', (part) => {
    received += part.length
  })
  socket.resume()
  await once(socket, 'close')
  t.ok(received < LARGE.length, `${received} bytes`)
})

t.test(
  'who is told that it took too long and does not hang up is let go all the same',
  async (t) => {
    for (const said of [
      '',
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{',
      '?\r\n',
    ]) {
      const { port, accepted } = await start(t)
      // The end of what the server says is no reason for this client to end anything.
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      socket.resume()
      socket.write(said)
      await once(await accepted, 'close')
      t.pass(JSON.stringify(said))
    }
  },
)
