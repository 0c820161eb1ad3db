import t from 'tap'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { Wire } from '../../helpers/wire.ts'

const basic = (userId: string, password = 'x') => `Basic ${btoa(`${userId}:${password}`)}`

t.test('who is calling (I1 to I6)', async (t) => {
  const { server } = await startHome(t)
  const ask = (headers: Record<string, string>, query = '') => {
    const wire = new Wire(server.localDeviceUrl, {
      method: 'GET',
      path: `/nest/passphrase/status${query}`,
      headers,
    })
    t.teardown(() => wire.hangUp())
    return wire
  }
  // Nobody but the thermostat itself gets a receipt for its bucket (U7).
  const meant = async (headers: Record<string, string>, query = '') => {
    const put = new Wire(server.localDeviceUrl, {
      method: 'POST',
      path: `/nest/transport/put${query}`,
      headers,
      body: JSON.stringify({ [`shared.${SERIAL}`]: { target_temperature: 19 } }),
    })
    t.teardown(() => put.hangUp())
    const { objects } = (await put.json()) as { objects?: unknown[] }
    return objects === undefined ? 'none' : objects.length === 1 ? SERIAL : 'another'
  }
  const lower = SERIAL.toLowerCase()
  const other = '09AA01AB12345678'
  const mac = '18B430A1B2C3'
  const rows: [string, Record<string, string>, query: string, expected: string][] = [
    ['I1: Basic auth', { Authorization: basic(`d.${SERIAL}.5EED0001`) }, '', SERIAL],
    ['I1: X-nl-client-id', { 'X-nl-client-id': `d.${SERIAL}.5EED0001` }, '', SERIAL],
    ['I1: X-nl-device-id', { 'X-nl-device-id': SERIAL }, '', SERIAL],
    ['I1: X-nl-device-serial', { 'X-nl-device-serial': SERIAL }, '', SERIAL],
    ['I1: not the query', {}, `?serial=${SERIAL}`, 'none'],
    ['I2: one dot', { Authorization: basic(`nest.${SERIAL}`) }, '', SERIAL],
    ['I2: no dot', { Authorization: basic(SERIAL) }, '', SERIAL],
    ['I3: lower case', { Authorization: basic(`d.${lower}.x`) }, '', SERIAL],
    ['I4: an empty password', { Authorization: basic(`d.${SERIAL}.x`, '') }, '', SERIAL],
    ['I4: a password with colons', { Authorization: basic(`d.${SERIAL}.x`, 'a:b:c') }, '', SERIAL],
    [
      'I1: Basic goes before all others',
      { Authorization: basic(`d.${other}.x`), 'X-nl-client-id': `d.${SERIAL}.x` },
      '',
      'another',
    ],
    [
      'I1: X-nl-client-id goes before X-nl-device-id',
      { 'X-nl-client-id': `d.${other}.x`, 'X-nl-device-id': SERIAL },
      '',
      'another',
    ],
    [
      'I1: X-nl-device-id goes before X-nl-device-serial',
      { 'X-nl-device-id': other, 'X-nl-device-serial': SERIAL },
      '',
      'another',
    ],
    [
      'I1: X-nl-device-serial, whatever the query names',
      { 'X-nl-device-serial': SERIAL },
      `?serial=${other}`,
      SERIAL,
    ],
    [
      'I1: a place without a valid serial is passed over',
      { Authorization: basic('d.short.x'), 'X-nl-device-id': SERIAL },
      '',
      SERIAL,
    ],
    [
      'I3: so is a MAC address',
      { 'X-nl-device-id': mac, 'X-nl-device-serial': SERIAL },
      '',
      SERIAL,
    ],
    ['I3: a MAC address alone', { Authorization: basic(`d.${mac}.x`) }, '', 'none'],
    ['I3: too short', { 'X-nl-device-id': '02AA01AC1' }, '', 'none'],
    ['I3: too long', { 'X-nl-device-id': 'A'.repeat(33) }, '', 'none'],
    ['I3: other characters', { 'X-nl-device-id': '02AA01AC-2345678' }, '', 'none'],
    ['not Basic', { Authorization: `Bearer ${SERIAL}` }, '', 'none'],
    ['Basic that is no base64', { Authorization: 'Basic ***' }, '', 'none'],
    ['I6: nothing', {}, '', 'none'],
  ]
  for (const [name, headers, query, expected] of rows) {
    t.equal(await meant(headers, query), expected, name)
    const wire = ask(headers, query)
    const { status, headers: answered } = await wire.head()
    t.equal(status, expected === 'none' ? 400 : 200, name)
    t.notOk(Object.hasOwn(answered, 'x-nl-set-client-credentials'), 'I4')
    t.notOk(Object.hasOwn(answered, 'www-authenticate'), 'I4')
    if (expected === 'none') t.strictSame(await wire.json(), { error: 'Device serial required' })
  }
})

t.test('I6: without a serial every endpoint of a device says so', async (t) => {
  const { server } = await startHome(t)
  const rows = [
    ['GET', '/nest/passphrase'],
    ['GET', '/nest/passphrase/status'],
    ['POST', '/nest/transport'],
    ['POST', '/nest/transport/put'],
    ['GET', '/nest/transport/device/none'],
  ] as const
  for (const [method, path] of rows) {
    const wire = new Wire(server.localDeviceUrl, {
      method,
      path,
      body: method === 'POST' ? '{}' : '',
    })
    t.teardown(() => wire.hangUp())
    t.equal((await wire.head()).status, 400, path)
    t.strictSame(await wire.json(), { error: 'Device serial required' }, path)
  }
})

t.test('I3: a MAC address never becomes a second thermostat', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device.code()
  for (const path of ['/nest/entry', '/nest/passphrase']) {
    const wire = device.send({
      method: 'GET',
      path,
      headers: { Authorization: basic('d.18B430A1B2C3.x'), 'X-nl-device-id': '18b430a1b2c3' },
    })
    await wire.ended()
  }
  t.strictSame(
    (await home.server.core.store.thermostats()).map(({ serial }) => serial),
    [SERIAL],
  )
})

t.test('I5: the password of a device is told to nobody and logged nowhere', async (t) => {
  const lines: unknown[] = []
  const note = (event: string, fields?: object) => lines.push([event, fields])
  const log = { debug: note, info: note, warn: note, error: note }
  const home = await startHome(t, { log })
  const device = new Device(t, home)
  const secret = 'hush-0xC0FFEE'
  const Authorization = basic(`d.${SERIAL}.x`, secret)
  for (const path of ['/nest/entry', '/nest/passphrase', '/nest/nowhere', '/nest/passphrase?q=%']) {
    await device.send({ method: 'GET', path, headers: { Authorization } }).ended()
  }
  await device
    .send({ method: 'POST', path: '/nest/transport', body: '{', headers: { Authorization } })
    .ended()
  const { body } = await home.ask('GET', `/status?serial=${SERIAL}`)
  const all = JSON.stringify([lines, body, (await home.ask('GET', '/api/devices?all=1')).body])
  t.ok(lines.length > 0)
  t.notOk(all.includes(secret))
  t.notOk(all.includes(btoa(`d.${SERIAL}.x:${secret}`)))
})

t.test('I1: a query mints no code, and reads or writes nothing', async (t) => {
  const home = await startHome(t)
  const ask = (method: string, path: string, body = '') => {
    const wire = new Wire(home.server.localDeviceUrl, { method, path, body })
    t.teardown(() => wire.hangUp())
    return wire.head()
  }
  const query = `?serial=${SERIAL}`
  const put = JSON.stringify({ [`shared.${SERIAL}`]: { target_temperature: 31 } })
  const rows = [
    ['GET', '/nest/entry', 200],
    ['POST', '/entry', 200],
    ['GET', '/', 200],
    ['GET', '/nest/ping', 200],
    ['GET', '/nest/passphrase', 400],
    ['GET', '/nest/passphrase/status', 400],
    ['POST', '/nest/transport', 400],
    ['POST', '/nest/transport/put', 400],
    ['POST', '/nest/upload', 200],
  ] as const
  for (const [method, path, status] of rows) {
    const body = method === 'POST' ? put : ''
    t.equal((await ask(method, path + query, body)).status, status, path)
  }
  t.strictSame(await home.server.core.store.thermostats(), [])
})
