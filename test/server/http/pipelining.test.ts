import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { createListener, listen } from '../../../src/server/http/listener.ts'
import { ok, type Reply } from '../../../src/server/http/reply.ts'
import { Router } from '../../../src/server/http/router.ts'

/** A listener whose answers wait until the test gives them. */
async function start(t: Test) {
  const waiting: ((reply: Reply) => void)[] = []
  const handler = () => new Promise<Reply>((resolve) => waiting.push(resolve))
  const server = createListener({
    name: 'test',
    log: silentLogger,
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
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3))
  await until(() => waiting.length > 0)
  return { socket, waiting, until, roundTrip, received: () => received }
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
