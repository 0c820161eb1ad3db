import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { HeapWatch } from '../../../src/server/core/heap-watch.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { MemoryRoom } from '../../../src/server/http/memory-room.ts'
import { ok } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const MIB = 1024 * 1024
/** More than the buffers of a socket take, and more than half of what one address may have unread. */
const LARGE = 'x'.repeat(24 * MIB)

/** A listener in a process of which a test says how full it is. */
async function start(t: Test) {
  const clock = new ManualClock()
  const memory = { used: 10 }
  const heap = new HeapWatch(clock, silentLogger, {
    use: () => ({ usedBytes: memory.used, limitBytes: 100 }),
    collect: () => {},
  })
  const server = createListener({
    name: 'test',
    log: silentLogger,
    heap,
    room: new MemoryRoom(64 * MIB, () => heap.load),
    isVital: (path) => path === '/health',
    failureBody: (message) => ({ error: message }),
    router: new Router([
      { method: 'GET', pattern: '/health', handler: () => ok('well') },
      { method: 'GET', pattern: '/large', handler: () => ok(LARGE) },
      { method: 'POST', pattern: '/', handler: async (request) => ok(await request.json()) },
    ]),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    heap.stop()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${port}`
  const post = (body: string) => fetch(url, { method: 'POST', body })
  return { clock, memory, port, url, post }
}

t.test('while memory is short, large requests are refused and small ones answered', async (t) => {
  const { clock, memory, post } = await start(t)
  const large = `["${'x'.repeat(100_000)}"]`
  t.equal((await post(large)).status, 200)
  memory.used = 65
  clock.advance(100)
  const refused = await post(large)
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '10')
  t.equal((await post('[1]')).status, 200)
  memory.used = 10
  clock.advance(500)
  t.equal((await post(large)).status, 200)
})

t.test('while memory is full, only the health is told', async (t) => {
  const { clock, memory, url, post } = await start(t)
  memory.used = 90
  clock.advance(100)
  const refused = await post('[1]')
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '5')
  t.match(await refused.json(), { error: /memory of the server is full/ })
  t.equal((await fetch(`${url}/health`)).status, 200)
  memory.used = 10
  clock.advance(500)
  t.equal((await post('[1]')).status, 200)
})

t.test('JSON of too many values is refused', async (t) => {
  const { post } = await start(t)
  t.equal((await post(`[${'1,'.repeat(60_000)}0]`)).status, 200)
  t.equal((await post(`[${'[],'.repeat(40_000)}0]`)).status, 400)
})

t.test('large answers that nobody reads have an end; others are answered', async (t) => {
  const { port, url } = await start(t)
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}).pause()
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
  for (;;) {
    const response = await fetch(`${url}/large`)
    await response.text()
    if (response.status === 503) break
  }
  t.equal((await fetch(`${url}/health`)).status, 200)
  socket.destroy()
  for (;;) {
    const response = await fetch(`${url}/large`)
    await response.text()
    if (response.status === 200) break
  }
})
