import type { LookupAddress } from 'node:dns'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { poster, type Resolve } from '../../../src/server/notify/post.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { ReceiverServer } from './receiver-server.ts'

const { signal } = new AbortController()
const requestTo = (url: string) => ({ url, headers: {}, body: '{"a":1}' })

/** A name server that gives these answers, one after the other. */
function resolving(...answers: string[][]): Resolve {
  const left = [...answers]
  return ((_: string, __: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    done(
      null,
      (left.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as Resolve
}

t.test('a receiver that takes it, refuses it, or sends it elsewhere', async (t) => {
  const receiver = await ReceiverServer.start(t)
  const post = poster(new ManualClock())
  t.equal(await post(requestTo(receiver.url), signal), 200)
  t.strictSame(receiver.received[0]?.body, { a: 1 })
  const rows: [status: number, says: RegExp][] = [
    [500, /It answered 500 Internal Server Error\./],
    [404, /It answered 404 Not Found\./],
    [302, /302, a redirect/],
    [307, /307, a redirect/],
  ]
  for (const [status, message] of rows) {
    receiver.answer = (response) => response.writeHead(status, { Location: receiver.url }).end()
    await t.rejects(post(requestTo(receiver.url), signal), { code: 'unreachable', message })
  }
  t.equal(receiver.received.length, 5, 'no redirect is followed')
})

t.test('an endless answer is not read', async (t) => {
  const receiver = await ReceiverServer.start(t)
  let closed: () => void = () => {}
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  receiver.answer = (response) => {
    response.on('close', closed)
    response.writeHead(200).write('and so on ')
  }
  t.equal(await poster(new ManualClock())(requestTo(receiver.url), signal), 200)
  await isClosed
})

t.test('a receiver that never answers is given up after ten seconds', async (t) => {
  const receiver = await ReceiverServer.start(t)
  receiver.answer = () => {}
  const clock = new ManualClock()
  const sending = poster(clock)(requestTo(receiver.url), signal)
  await receiver.has(1)
  clock.advance(10_000)
  await t.rejects(sending, { message: /did not answer within 10 seconds/ })
})

t.test('a receiver that hangs up, is not there, or is not HTTP', async (t) => {
  const server = createServer((socket: Socket) => socket.resume().end('what?\r\n\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const post = poster(new ManualClock())
  await t.rejects(post(requestTo(url), signal), { code: 'unreachable' })
  await new Promise((resolve) => server.close(resolve))
  await t.rejects(post(requestTo(url), signal), { message: /ECONNREFUSED/ })
})

t.test(
  'the connection goes to the address that was checked, whatever the name says next',
  async (t) => {
    const receiver = await ReceiverServer.start(t)
    const { port } = new URL(receiver.url)
    const url = `http://hooks.example.org:${port}/hook`
    const rebinding = poster(new ManualClock(), resolving(['127.0.0.1'], ['169.254.169.254']))
    t.equal(await rebinding(requestTo(url), signal), 200)
    t.equal(receiver.received[0]?.headers.host, `hooks.example.org:${port}`)
    await t.rejects(rebinding(requestTo(url), signal), {
      message: /169\.254\.169\.254.*link-local/,
    })
    const mixed = poster(new ManualClock(), resolving(['127.0.0.1', 'fe80::1']))
    await t.rejects(mixed(requestTo(url), signal), { message: /link-local/ })
    t.equal(receiver.received.length, 1)
  },
)

t.test('an address that is forbidden is refused without a connection', async (t) => {
  const post = poster(new ManualClock())
  for (const url of [
    'http://169.254.169.254/',
    'https://[fe80::1]/',
    'http://[::ffff:a9fe:a9fe]/',
  ]) {
    await t.rejects(post(requestTo(url), signal), { message: /nothing is sent there/ })
  }
})
