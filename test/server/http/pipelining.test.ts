import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { FairTurns } from '../../../src/server/http/fair-turns.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { Offenders } from '../../../src/server/http/offenders.ts'
import { ok, type Reply } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'
import { startHome } from '../../helpers/home.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { putBucket } from '../../helpers/seed-store.ts'

/** A listener whose answers wait until the test gives them. */
async function start(t: Test, requests = 3) {
  const clock = new ManualClock()
  const waiting: ((reply: Reply) => void)[] = []
  const handler = () => new Promise<Reply>((resolve) => waiting.push(resolve))
  const server = createListener({
    name: 'test',
    log: silentLogger,
    maxConnections: 100,
    offenders: new Offenders(clock),
    failureBody: (message) => ({ error: message }),
    router: new Router([
      { method: 'GET', pattern: '/', handler },
      { method: 'GET', pattern: '/ping', handler: () => ok('pong') },
    ]),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.on('data', (bytes) => {
    received += String(bytes)
  })
  /** Resolves once the server has read all that was sent before. */
  const roundTrip = () => fetch(`http://127.0.0.1:${port}/ping`).then((each) => each.text())
  const until = async (done: () => boolean) => {
    while (!done()) await roundTrip()
  }
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests))
  await until(() => waiting.length > 0)
  return { clock, port, socket, waiting, until, roundTrip, received: () => received }
}

t.test('requests of one connection are answered one after the other', async (t) => {
  const { waiting, until, roundTrip, received } = await start(t)
  await roundTrip()
  t.equal(waiting.length, 1)
  for (let n = 1; n <= 3; n++) {
    await until(() => waiting.length === n)
    waiting[n - 1]?.(ok(`answer ${n}`))
    await until(() => received().includes(`answer ${n}`))
  }
  t.match(received(), /answer 1.*answer 2.*answer 3/s)
})

t.test('a client that hangs up costs one answer, whatever it has sent', async (t) => {
  const { socket, waiting, roundTrip } = await start(t)
  socket.destroy()
  await once(socket, 'close')
  await roundTrip()
  waiting[0]?.(ok('too late'))
  await roundTrip()
  t.equal(waiting.length, 1)
})

t.test('forty lists in one packet do not keep another client waiting', async (t) => {
  const home = await startHome(t)
  const { store } = home.server.core
  let lists = 0
  const serials = store.serials.bind(store)
  store.serials = (after) => {
    lists += 1
    return serials(after)
  }
  for (let n = 10; n < 60; n++) {
    await putBucket(store, `02AA01AC000000${n}`, `junk.${n}`, { a: 'x'.repeat(200_000) })
  }
  const { hostname, port } = new URL(home.server.controlUrl)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  // At the first list its sender hangs up: all requests are parsed by then.
  const started = new Promise<void>((resolve) => {
    const count = store.serials
    store.serials = (after) => {
      resolve()
      return count(after)
    }
  })
  socket.write('GET /api/devices HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(40))
  await started
  socket.destroy()
  t.equal((await home.ask('GET', '/api/devices')).status, 200)
  t.ok(lists <= 3, `${lists} lists were made, one of them for the client that waited`)
})

t.test('large requests of one network wait their turn, on any number of connections', async (t) => {
  const waiting: (() => void)[] = []
  const turns = new FairTurns((act) => waiting.push(act))
  const done: string[] = []
  const server = createListener({
    name: 'test',
    log: silentLogger,
    turns,
    failureBody: (message) => ({ error: message }),
    router: new Router([
      {
        method: 'POST',
        pattern: '/',
        handler: async (request) => {
          done.push((await request.text()).slice(0, 1))
          return ok('done')
        },
      },
    ]),
  })
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, what: 'test' })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const post = (body: string) =>
    fetch(`http://127.0.0.1:${port}`, { method: 'POST', body }).then((each) => each.text())
  const first = post('a'.repeat(50_000))
  await first
  const second = post('b'.repeat(50_000))
  await post('small')
  t.same(done, ['a', 's'], 'a small one does not wait')
  for (const act of waiting.splice(0)) act()
  // The second one may have arrived only now; then it starts at once.
  await second
  t.same(done, ['a', 's', 'b'])
})

t.test('a connection on which 64 requests wait takes no more', async (t) => {
  const { socket, waiting, until, received } = await start(t, 65)
  for (let n = 1; n <= 65; n++) {
    await until(() => waiting.length === n)
    waiting[n - 1]?.(ok(`answer ${n}`))
    await until(() => received().includes(`answer ${n}"`))
  }
  t.notOk(socket.destroyed)
})

/** Opens a connection, and says whether the server closes it before it has sent anything. */
async function isClosed(t: Test, port: number, localAddress: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  t.teardown(() => socket.destroy())
  let isOver = false
  socket
    .on('error', () => {})
    .on('close', () => {
      isOver = true
    })
  await once(socket, 'connect').catch(() => {})
  socket.write('GET /ping HTTP/1.1\r\nHost: x\r\n\r\n')
  await Promise.race([once(socket, 'data').catch(() => {}), once(socket, 'close')])
  return isOver
}

t.test('whose connection was closed for too many requests opens few for a minute', async (t) => {
  const { clock, port } = await start(t)
  const flood = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.3' })
  flood.on('error', () => {})
  flood.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(66))
  await once(flood, 'close')
  for (let n = 0; n < 5; n++) t.notOk(await isClosed(t, port, '127.0.0.3'))
  t.ok(await isClosed(t, port, '127.0.0.3'))
  t.notOk(await isClosed(t, port, '127.0.0.4'), 'nobody else')
  clock.advance(500)
  t.notOk(await isClosed(t, port, '127.0.0.3'), 'two in a second')
  t.ok(await isClosed(t, port, '127.0.0.3'))
  clock.advance(60_000)
  for (let n = 0; n < 20; n++) t.notOk(await isClosed(t, port, '127.0.0.3'))
})
