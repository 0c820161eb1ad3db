import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import type { Wire } from '../../helpers/wire.ts'

const SHARED = `shared.${SERIAL}`
const END = '0\r\n\r\n'

/** A thermostat that is paired, has put its setpoint and lists all that it has. */
async function settle(t: Test, options: Parameters<typeof startHome>[1] = {}) {
  const home = await startHome(t, options)
  const device = new Device(t, home)
  await home.ask('POST', '/api/register', { code: await device.code(), userId: 'homeassistant' })
  await device.put({ [SHARED]: { object_key: SHARED, target_temperature: 19, can_cool: true } })
  const listed = async () => {
    const { buckets } = await home.server.core.store.load(SERIAL)
    return [...buckets.values()].map(({ objectKey, revision, timestamp }) => ({
      key: objectKey,
      revision,
      timestamp,
    }))
  }
  const warm = (value: number) =>
    home.ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value })
  return { ...home, device, listed, warm }
}

/** Waits until the server has taken note of what was written: a question comes after it. */
async function roundTrip(device: Device): Promise<void> {
  await device.get('/nest/ping').ended()
}

t.test('S2: headers leave at once, and nothing else', async (t) => {
  const { device, listed } = await settle(t)
  const wire = await device.hold(await listed())
  const { status, headers } = await wire.head()
  t.equal(status, 200)
  t.match(headers, {
    'transfer-encoding': 'chunked',
    'x-nl-suspend-time-max': '300',
    'x-nl-service-timestamp': String(START_MS),
    'x-nl-defer-device-window': '15',
  })
  t.notOk(Object.hasOwn(headers, 'x-nl-disable-defer-window'))
  t.notOk(Object.hasOwn(headers, 'x-nl-set-client-credentials'), 'I4')
  t.notOk(Object.hasOwn(headers, 'content-length'))
  t.match(wire.raw, /\r\n\r\n$/)
})

t.test('S2: the configured times go out as they are', async (t) => {
  const { device, listed, warm } = await settle(t, {
    config: { suspendTimeMaxS: 120, deferDeviceWindowS: 7, disableDeferWindowS: 33 },
  })
  await warm(21)
  const { headers } = await (await device.hold(await listed())).head()
  t.match(headers, {
    'x-nl-suspend-time-max': '120',
    'x-nl-defer-device-window': '7',
    'x-nl-disable-defer-window': '33',
  })
})

t.test(
  'S2: the defer window is off while a temperature or mode change is on its way',
  async (t) => {
    const { device, listed, ask } = await settle(t)
    const window = async () => {
      const wire = device.subscribe(await listed())
      const { headers } = await wire.head()
      return headers['x-nl-disable-defer-window']
    }
    await ask('POST', '/command', {
      serial: SERIAL,
      command: 'set_device_setting',
      value: { learning_mode: false },
    })
    t.equal(await window(), undefined, 'a setting needs no answer at once')
    await ask('POST', '/command', { serial: SERIAL, command: 'set_mode', value: 'off' })
    t.equal(await window(), '60')
  },
)

t.test('S3, S4: 290 seconds of silence, then a clean end', async (t) => {
  const { device, listed, clock } = await settle(t)
  const wire = await device.hold(await listed())
  const head = wire.raw
  for (let s = 0; s < 289; s++) clock.advance(1000)
  clock.advance(999)
  await roundTrip(device)
  t.equal(wire.raw, head, 'not a byte')
  clock.advance(1)
  t.equal(await wire.ended(), true)
  // What was ever written is known now, whatever the network did with it.
  t.equal(wire.raw, head + END)
})

t.test('S4: the hold is ten seconds less than the suspend time', async (t) => {
  const { device, listed, clock } = await settle(t, { config: { suspendTimeMaxS: 350 } })
  const wire = await device.hold(await listed())
  clock.advance(339_999)
  await roundTrip(device)
  t.notOk(wire.raw.endsWith(END))
  clock.advance(1)
  t.equal(await wire.ended(), true)
})

t.test(
  'S3: no TCP keep-alive probes a sleeping thermostat',
  {
    skip: process.platform === 'linux' ? false : 'reads the socket table of Linux',
  },
  async (t) => {
    const { device, listed, server } = await settle(t)
    const wire = await device.hold(await listed())
    const hex = (port: number | string) => Number(port).toString(16).toUpperCase().padStart(4, '0')
    const ours = `:${hex(new URL(server.localDeviceUrl).port)} `
    const theirs = `:${hex(wire.localPort)} `
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
    const row = rows.find(
      (each) => each.indexOf(ours) > 0 && each.indexOf(theirs) > each.indexOf(ours),
    )
    const [, , , , , timer] = row?.trim().split(/\s+/) ?? []
    t.equal(timer, '00:00000000', 'no timer runs on the held socket')
  },
)

t.test(
  'S5: a push is one chunk with one document; the rest may follow for 3 seconds',
  async (t) => {
    const { device, listed, clock, warm } = await settle(t)
    const wire = await device.hold(await listed())
    clock.advance(100_000)
    await warm(21)
    t.match(await wire.document(1), { objects: [{ value: { target_temperature: 21 } }] })
    clock.advance(2_999)
    await warm(22)
    t.match(await wire.document(2), { objects: [{ value: { target_temperature: 22 } }] })
    clock.advance(2_999)
    await roundTrip(device)
    t.notOk(wire.raw.endsWith(END), 'the second chunk began the three seconds anew')
    clock.advance(1)
    t.equal(await wire.ended(), true)
    t.equal(wire.chunks.length, 2)
    for (const chunk of wire.chunks) {
      t.ok(wire.raw.includes(`\r\n${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`))
    }
  },
)

t.test('S6: the fields of an object are in the one order the firmware takes', async (t) => {
  const { device, listed, warm } = await settle(t)
  const wire = await device.hold(await listed())
  await warm(21)
  await wire.document()
  t.match(
    wire.chunks[0] ?? '',
    /^\{"objects":\[\{"object_revision":\d+,"object_timestamp":\d+,"object_key":"[^"]+","value":\{[^}]/,
  )
})

t.test('S7: every held subscription gets a push, and each ends on its own', async (t) => {
  const { device, listed, clock, warm, server } = await settle(t)
  const first = await device.hold(await listed())
  clock.advance(1_000)
  const second = await device.hold(await listed())
  t.equal(server.core.subscriptions.count(SERIAL), 2)
  await warm(21)
  const documents = [await first.document(), await second.document()]
  t.strictSame(documents[0], documents[1], 'under one version, so that it is applied once')
  clock.advance(3_000)
  t.strictSame([await first.ended(), await second.ended()], [true, true])
})

t.test('S7: each subscription is held for its own time', async (t) => {
  const { device, listed, clock } = await settle(t)
  const early = await device.hold(await listed())
  clock.advance(5_000)
  const late = await device.hold(await listed())
  clock.advance(285_000)
  t.equal(await early.ended(), true)
  await roundTrip(device)
  t.notOk(late.raw.endsWith(END), 'the later one is held five seconds more')
  clock.advance(5_000)
  t.equal(await late.ended(), true)
})

t.test('S7: beyond the limit the oldest is finished first', async (t) => {
  const { device, listed, server } = await settle(t, { config: { maxSubscriptionsPerDevice: 2 } })
  const held: Wire[] = []
  for (let i = 0; i < 3; i++) held.push(await device.hold(await listed()))
  const [oldest, ...others] = held
  t.equal(await oldest?.ended(), true, 'cleanly')
  await roundTrip(device)
  t.equal(server.core.subscriptions.count(SERIAL), 2)
  for (const other of others) t.notOk(other.raw.endsWith(END))
})

t.test('S2: without chunked the answer is plain, and comes within 7 seconds', async (t) => {
  const { device, listed, clock, warm, server } = await settle(t)
  const registered = async () => {
    while (server.core.subscriptions.count(SERIAL) === 0) await roundTrip(device)
  }
  const wire = device.subscribe(await listed(), {})
  await registered()
  t.equal(wire.raw, '', 'nothing to say yet')
  clock.advance(6_499)
  await roundTrip(device)
  t.equal(wire.raw, '')
  clock.advance(1)
  t.strictSame(await wire.json(), { objects: [] })
  const { headers } = await wire.head()
  t.notOk(Object.hasOwn(headers, 'transfer-encoding'))
  t.match(headers, {
    'content-length': '14',
    'x-nl-suspend-time-max': '300',
    'x-nl-service-timestamp': String(START_MS + 6_500),
  })
  t.notOk(Object.hasOwn(headers, 'x-nl-disable-defer-window'))

  const told = device.subscribe(await listed(), { chunked: false })
  await registered()
  await warm(21)
  t.match(await told.json(), { objects: [{ value: { target_temperature: 21 } }] }, 'at once')
  t.match((await told.head()).headers, { 'x-nl-disable-defer-window': '60' })
})

t.test('S1: the named form is read like the list of objects', async (t) => {
  const { device, listed, warm } = await settle(t)
  const all = await listed()
  const [shared] = all.filter(({ key }) => key === SHARED)
  const others = all.filter(({ key }) => key !== SHARED)
  const named = Object.fromEntries(
    others.map(({ key, revision, timestamp }) => [
      key.slice(0, key.indexOf('.')),
      { object_key: key, object_revision: revision, object_timestamp: timestamp },
    ]),
  )
  const wire = device.post('/nest/transport', {
    chunked: true,
    session: 's',
    ...named,
    shared: {
      object_key: SHARED,
      object_revision: shared?.revision,
      object_timestamp: shared?.timestamp,
    },
  })
  await wire.head()
  await warm(21)
  t.match(await wire.document(), { objects: [{ object_key: SHARED }] }, 'nothing else was missing')
})

t.test('S1: the session is the same for ever and means nothing', async (t) => {
  const { ask, device, ...home } = await settle(t)
  const other = new Device(t, home, '02AA01AC00000000FF')
  await ask('POST', '/api/register', { code: await other.code(), userId: 'homeassistant' })
  const wires = [await device.hold(await home.listed()), await other.hold()]
  await home.warm(21)
  t.match(await wires[0]?.document(), { objects: [{ object_key: SHARED }] })
  t.match(await wires[1]?.document(), { objects: [{ object_key: 'user.homeassistant' }, {}] })
})

t.test('S8: a push that a dead connection swallowed goes out on the next subscribe', async (t) => {
  const { device, listed, warm, clock } = await settle(t)
  const wire = await device.hold(await listed())
  await warm(21)
  const { objects } = await wire.document()
  wire.reset()
  clock.advance(20_000)
  const again = await (await device.hold(await listed())).document()
  t.strictSame(again.objects, objects, 'the same version: if it has it after all, it is dropped')
})

t.test('S8: what a vanished device was never written stays queued', async (t) => {
  const { device, listed, warm, server } = await settle(t)
  const wire = await device.hold(await listed())
  wire.reset()
  while (server.core.subscriptions.count(SERIAL) > 0) await roundTrip(device)
  const { body } = await warm(21)
  t.equal(body.delivery, 'queued')
  t.match(await (await device.hold(await listed())).document(), {
    objects: [{ value: { target_temperature: 21 } }],
  })
})
