import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import type { Push } from '../../../src/protocol/transport/hold.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

const DEVICE = `device.${SERIAL}`

/** A long push: the sockets of both sides take a lot before one is full. */
const LONG_PUSH: Push = {
  objects: [
    { objectKey: 'where.x', revision: 1, timestamp: 1, value: { a: ' '.repeat(64 * 1024) } },
  ],
  carries: [],
}

/** A thermostat on file, and everything the server calls a failure. */
async function settle(t: Test) {
  const errors: string[] = []
  const note = (event: string): void => {
    errors.push(event)
  }
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: note }
  const home = await startHome(t, { log })
  const device = new Device(t, home)
  await device.put({ [DEVICE]: { object_key: DEVICE, current_humidity: 40 } })
  const { port, hostname } = new URL(home.server.deviceUrl)
  const dial = (text: string): Socket => {
    const socket = connect(Number(port), hostname)
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(text)
    return socket
  }
  return { ...home, device, dial, errors }
}

function request(path: string, body: string, length = Buffer.byteLength(body)): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nX-nl-device-id: ${SERIAL}\r\nContent-Length: ${length}\r\n\r\n${body}`
}

t.test('U6: a put that is cut off in its middle is none, however it is cut off', async (t) => {
  const { server, device, dial, ask, errors } = await settle(t)
  const { store } = server.core
  const stored = async () => (await store.load(SERIAL)).buckets.get(DEVICE)
  const before = await stored()
  const body = JSON.stringify({ [DEVICE]: { object_key: DEVICE, current_humidity: 55 } })
  for (const cut of ['end', 'resetAndDestroy'] as const) {
    // What is here would do; what was announced is not all here.
    const socket = dial(request('/nest/transport/put', body, body.length + 2))
    await once(socket, 'connect')
    // It is read before anything that is asked later.
    await ask('GET', '/health')
    socket[cut]()
    if (!socket.closed) await once(socket.resume(), 'close')
    await device.get('/nest/ping').ended()
    t.strictSame(await stored(), before, cut)
  }
  t.strictSame(errors, [])
})

t.test('S8: a thermostat that reads nothing is let go, and misses nothing', async (t) => {
  const { server, device, ask, dial, errors } = await settle(t)
  const { subscriptions, store } = server.core
  const { buckets } = await store.load(SERIAL)
  const listed = [...buckets.values()].map(({ objectKey, revision, timestamp }) => ({
    key: objectKey,
    revision,
    timestamp,
  }))
  const objects = listed.map(({ key, revision, timestamp }) => ({
    object_key: key,
    object_revision: revision,
    object_timestamp: timestamp,
  }))
  const deaf = dial(request('/nest/transport', JSON.stringify({ chunked: true, objects })))
  deaf.pause()
  while (subscriptions.count(SERIAL) === 0) await device.get('/nest/ping').ended()
  const reader = await device.hold(listed)
  const value = { learning_mode: true }
  await ask('POST', '/command', { serial: SERIAL, command: 'set_device_setting', value })
  t.match(await reader.document(), { objects: [{ object_key: DEVICE, value }] })

  for (let pushes = 2; subscriptions.count(SERIAL) > 1; pushes++) {
    subscriptions.push(SERIAL, LONG_PUSH)
    await reader.waitFor('what was pushed', () => reader.chunks[pushes - 1])
  }
  t.pass('the deaf one is let go; the other one was told all the while')
  reader.hangUp()
  const again = await device.hold(listed)
  t.match(await again.document(), { objects: [{ object_key: DEVICE, value }] })
  t.strictSame(errors, [])
})
