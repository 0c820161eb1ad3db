import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { GrowingBody } from '../../../src/server/http/growing-body.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { MemoryRoom } from '../../../src/server/http/memory-room.ts'
import { ok } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'
import { rawExchange } from '../../helpers/raw-http.ts'

const MIB = 1024 * 1024

t.test('a body is its pieces in order, and keeps none of them', async (t) => {
  const body = new GrowingBody(new MemoryRoom().claim(''))
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))
  for (let i = 0; i < bytes.length; i++) {
    const piece = Buffer.from(bytes.subarray(i, i + 1))
    body.add(piece)
    if (i > 0) piece.fill(255)
  }
  t.strictSame(body.bytes(), bytes)
})

t.test('a body that came in one piece is that piece', async (t) => {
  const body = new GrowingBody(new MemoryRoom().claim(''))
  const piece = Buffer.from('whole')
  body.add(piece)
  t.equal(body.bytes().buffer, piece.buffer)
})

/** A listener that counts the bytes of what is posted. */
async function start(t: Test) {
  const server = createListener({
    name: 'test',
    log: silentLogger,
    failureBody: (message) => ({ error: message }),
    router: new Router([
      {
        method: 'POST',
        pattern: '/',
        handler: async (request) => ok((await request.text()).length),
      },
    ]),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port, url: `http://127.0.0.1:${port}` }
}

t.test('a body in pieces of one byte arrives whole', async (t) => {
  const { url } = await start(t)
  const head =
    'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
  const [answer] = await rawExchange(url, `${head}${'1\r\nx\r\n'.repeat(50_000)}0\r\n\r\n`)
  t.match(answer, { status: 200, body: '50000' })
})

t.test('who sends too much at once is told to try again, and all is well afterwards', async (t) => {
  const { server, port, url } = await start(t)
  const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${MIB}\r\n\r\n`
  const unfinished = Buffer.alloc(MIB - 1, 'x')
  const sockets: Socket[] = []
  const refused = new Promise<string>((resolve) => {
    for (let i = 0; i < 64; i++) {
      const socket = connect(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => {}).on('data', (text) => resolve(String(text)))
      socket.write(head)
      socket.write(unfinished)
      sockets.push(socket)
    }
  })
  t.match(await refused, /^HTTP\/1.1 429 .*Retry-After: 10\r\n.*"error":"Too many large bodies/s)
  const [small] = await rawExchange(url, head.replace(String(MIB), '20000') + 'x'.repeat(20_000))
  t.equal(small?.status, 200, 'a small one has its room')
  for (const socket of sockets) socket.destroy()
  while ((await connectionsOf(server)) > 0) await new Promise(setImmediate)
  const [large] = await rawExchange(url, [head, unfinished, 'x'])
  t.match(large, { status: 200, body: String(MIB) })
})

function connectionsOf(server: Awaited<ReturnType<typeof start>>['server']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}
