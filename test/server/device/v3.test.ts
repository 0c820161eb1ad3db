import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import type { Wire } from '../../helpers/wire.ts'

const V3 = '/nest/transport/v3'
const SHARED = `shared.${SERIAL}`
const STATE = {
  shared: { [SERIAL]: { $version: 1, $timestamp: 2, target_temperature: 20, can_heat: true } },
  device: { [SERIAL]: { current_humidity: 40, has_fan: true } },
}

/** A thermostat of transport v3 that has put its state. */
async function settle(t: Test, config: Partial<Config> = {}) {
  const home = await startHome(t, { config })
  const device = new Device(t, home)
  const marks = (await device.post(`${V3}/put`, STATE).json()) as Nested
  const keys = (): object[] =>
    Object.entries(marks).flatMap(([type, byId]) =>
      Object.entries(byId).map(([id, { $version, $timestamp }]) => ({
        key: `${type}.${id}`,
        version: $version,
        timestamp: $timestamp,
      })),
    )
  /** Polls; resolves once the server holds the poll, which sends no byte (V6). */
  const poll = async (listed: object[] = keys()): Promise<Wire> => {
    const wire = device.post(`${V3}/subscribe`, { keys: listed })
    const { subscriptions } = home.server.core
    while (subscriptions.count(SERIAL) === 0) await device.get('/nest/ping').ended()
    return wire
  }
  const command = (command: string, value: unknown) =>
    home.ask('POST', '/command', { serial: SERIAL, command, value })
  return { ...home, device, marks, keys, poll, command }
}

type Nested = Record<string, Record<string, { $version: number; $timestamp: number }>>

/** The body, byte by byte. */
const bodyOf = ({ raw }: Wire): string => raw.slice(raw.indexOf('\r\n\r\n') + 4)

t.test('V1, V2, V3: a put is stored, and its receipt is compact and nested', async (t) => {
  const { device, server, clock } = await settle(t)
  const { buckets } = await server.core.store.load(SERIAL)
  t.strictSame(buckets.get(SHARED)?.value, { target_temperature: 20, can_heat: true })
  clock.advance(1_000)
  const wire = device.post('/transport/v3/put', {
    shared: { [SERIAL]: { target_temperature: 21 } },
  })
  await wire.ended()
  const { wallMs } = clock.now()
  t.equal(bodyOf(wire), `{"shared":{"${SERIAL}":{"$version":3,"$timestamp":${wallMs}}}}`)
})

t.test('V4: the list has the form of a receipt', async (t) => {
  const { device, marks } = await settle(t)
  for (const path of [`${V3}/device/device.${SERIAL}`, `/transport/v3/device/${SERIAL}`]) {
    t.strictSame(await device.get(path).json(), marks, path)
  }
})

t.test('V5, V6: a poll is silent until one bucket answers it, bare', async (t) => {
  const { poll, command } = await settle(t)
  const wire = await poll()
  t.equal(wire.raw, '', 'no header before there is something to say')
  await command('set_temperature', 22.5)
  await wire.ended()
  const { status, headers } = await wire.head()
  t.equal(status, 200)
  t.match(headers, {
    'x-nl-skv-key': SHARED,
    'x-nl-skv-version': '3',
    'x-nl-skv-timestamp': /^\d{13}$/,
    'x-nl-suspend-time-max': '300',
    'x-nl-disable-defer-window': '60',
    'content-length': String(bodyOf(wire).length),
  })
  t.equal(headers['transfer-encoding'], undefined, 'never chunked')
  t.match(bodyOf(wire), /^\{"target_temperature":22\.5,"target_change_pending":true,\S+\}$/, 'V1')
  t.notMatch(bodyOf(wire), /objects|\s/)
})

t.test('V5: a command that waits is the answer at once, one bucket a poll', async (t) => {
  const { device, keys, command } = await settle(t)
  await command('set_temperature', 21)
  await command('set_device_setting', { learning_mode: false })
  const answers: string[] = []
  for (let i = 0; i < 2; i++) {
    const wire = device.post(`${V3}/subscribe`, { keys: keys() })
    await wire.ended()
    answers.push(`${(await wire.head()).headers['x-nl-skv-key']}`)
  }
  t.strictSame(answers, [SHARED, `device.${SERIAL}`])
})

t.test('V7: the hold ends with an empty body and names no bucket', async (t) => {
  const { poll, clock } = await settle(t)
  const wire = await poll()
  clock.advance(289_999)
  t.equal(wire.raw, '')
  clock.advance(1)
  t.equal(await wire.ended(), true)
  const { status, headers } = await wire.head()
  t.equal(status, 200)
  t.equal(headers['content-length'], '0')
  t.equal(headers['x-nl-skv-key'], undefined)
  t.equal(bodyOf(wire), '')
})

t.test('V7, S9: a stop of the server ends a poll the same way', async (t) => {
  const { poll, stop } = await settle(t)
  const wire = await poll()
  const stopped = stop()
  t.equal(await wire.ended(), true)
  t.equal((await wire.head()).status, 200)
  t.equal(bodyOf(wire), '')
  await stopped
})

t.test('V8, P9: a claim answers the held poll with the user, the next with the home', async (t) => {
  const { device, poll, keys, ask } = await settle(t)
  const wire = await poll()
  await ask('POST', '/api/register', { code: await device.code(), userId: 'anna' })
  await wire.ended()
  t.equal((await wire.head()).headers['x-nl-skv-key'], 'user.anna')
  t.equal(bodyOf(wire), '{"name":"anna"}')
  const next = device.post(`${V3}/subscribe`, { keys: keys() })
  await next.ended()
  t.equal((await next.head()).headers['x-nl-skv-key'], 'structure.default')
  t.equal(bodyOf(next), `{"name":"Home","devices":["${SERIAL}"]}`)
  const silent = await poll()
  t.equal(silent.raw, '', 'never in a loop')
  silent.hangUp()

  const entry = device.get('/nest/entry')
  t.match(await entry.json(), { 'user.anna': { value: { name: 'anna' } } }, 'E7')
  const keysAfter: unknown[] = []
  for (let i = 0; i < 2; i++) {
    const again = device.post(`${V3}/subscribe`, { keys: keys() })
    await again.ended()
    keysAfter.push((await again.head()).headers['x-nl-skv-key'])
  }
  t.strictSame(keysAfter, ['user.anna', 'structure.default'], 'once after each entry')
})

t.test('V9: a corrupted key in the request line of the list is noise', async (t) => {
  const { device, marks, server } = await settle(t)
  const path = `${V3}/device/device.${SERIAL} ._sync`
  const wire = device.get(path)
  t.strictSame(await wire.json(), marks)
  t.equal((await wire.head()).headers.connection, 'close')
  t.ok(await wire.whenClosed(), 'and the connection is closed')
  const refused: [string, Wire][] = [
    ['another thermostat', device.get(path.replace(SERIAL, '02AA01AC00000099'))],
    ['another path', device.get('/nest/passphrase ._sync')],
    ['another method', device.post(path, {})],
  ]
  for (const [name, each] of refused) {
    t.match(await each.json(), { error: String }, name)
    t.match(await each.head(), { status: name === 'another thermostat' ? 403 : 400 }, name)
  }
  await device.post(`${V3}/put`, { 'shared ._sync': { [SERIAL]: { can_cool: true } } }).ended()
  const { buckets } = await server.core.store.load(SERIAL)
  t.strictSame([...buckets.keys()].sort(), [`device.${SERIAL}`, SHARED], 'no bucket of that name')
})

t.test('V9: pinning holds for a corrupted request line too', async (t) => {
  const { device, ask } = await settle(t, { deviceAuth: 'pin' })
  await ask('POST', '/api/register', { code: await device.code(), userId: 'anna' })
  await device.post(`${V3}/put`, STATE).ended()
  const wrong = { Authorization: `Basic ${btoa(`d.${SERIAL}.X:wrong`)}` }
  for (const headers of [wrong, { Authorization: 'none' }]) {
    const path = `${V3}/device/device.${SERIAL} ._sync`
    const wire = device.send({ method: 'GET', path, headers })
    t.equal((await wire.head()).status, 403)
  }
})

t.test('V11: an unknown version gets the v7 form', async (t) => {
  const { device } = await settle(t)
  for (const version of ['v7', 'v8', 'v30', 'x']) {
    const path = `/nest/transport/${version}`
    t.match(await device.get(`${path}/device/device.${SERIAL}`).json(), { objects: Array }, version)
    t.match(
      await device.post(`${path}/put`, { objects: [{ object_key: SHARED, value: {} }] }).json(),
      { objects: [{ object_key: SHARED }] },
      version,
    )
  }
})

t.test('bad bodies of v3 get 400 and change nothing', async (t) => {
  const { device, server } = await settle(t)
  const before = await server.core.store.load(SERIAL)
  for (const [path, body] of [
    ['put', { objects: [{ object_key: SHARED, value: { can_cool: true } }] }],
    ['put', []],
    ['put', '{"shared":'],
    ['subscribe', []],
    ['subscribe', 'x'],
  ] as const) {
    const wire = device.post(`${V3}/${path}`, body)
    t.match(await wire.json(), { error: String }, `${path} ${JSON.stringify(body)}`)
    t.equal((await wire.head()).status, 400)
  }
  t.strictSame((await server.core.store.load(SERIAL)).buckets, before.buckets)
})
