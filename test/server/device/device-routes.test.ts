import t from 'tap'
import { MAX_BODY_BYTES } from '../../../src/server/http/body.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { Wire } from '../../helpers/wire.ts'

const SHARED = `shared.${SERIAL}`

t.test('every path a firmware build uses reaches the same handler', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  const put = { session: 's', [SHARED]: { object_key: SHARED, target_temperature: 19 } }
  const isSubscribe = async (path: string) => {
    const wire = device.post(path, { chunked: true, session: 's', objects: [] })
    const { headers } = await wire.head()
    t.equal(headers['x-nl-suspend-time-max'], '300', `subscribe ${path}`)
    t.equal(headers['transfer-encoding'], 'chunked', path)
    wire.hangUp()
  }
  const both = (paths: readonly string[]) => paths.flatMap((path) => [path, `/nest${path}`])
  for (const path of both([
    '/transport',
    '/transport/subscribe',
    '/transport/v7/subscribe',
    '/transport/czid1/subscribe',
    '/czfe',
    '/czfe/subscribe',
    '/czfe/v7/subscribe',
    '/any/subscribe',
  ])) {
    await isSubscribe(path)
  }
  for (const path of both([
    '/transport/put',
    '/transport/v7/put',
    '/transport/czid1/put',
    '/czfe/put',
    '/czfe/v7/put',
    '/any/put',
  ])) {
    t.match(await device.post(path, put).json(), { objects: [{ object_key: SHARED }] }, path)
  }
  for (const path of both([
    `/transport/device/${SERIAL}`,
    `/transport/device/device.${SERIAL}`,
    `/transport/v7/device/device.${SERIAL}`,
    `/czfe/v7/device/device.${SERIAL.toLowerCase()}`,
  ])) {
    t.match(await device.get(path).json(), { objects: [{ object_key: SHARED }] }, path)
  }
  for (const path of both(['/ping', '/transport', '/czfe'])) {
    t.strictSame(await device.get(path).json(), { status: 'ok', timestamp: START_MS }, path)
  }
  for (const path of both(['/passphrase'])) {
    t.match(await device.get(path).json(), { value: /^[A-Z0-9]{7}$/ }, path)
    t.match(await device.get(`${path}/status`).json(), { status: 'pending' }, path)
  }
  for (const path of both(['/entry']))
    t.match(await device.get(path).json(), { tier_name: 'local' })
})

t.test('section 5: the list of versions has the headers of S2 and no values', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device.put({ [SHARED]: { object_key: SHARED, target_temperature: 19 } })
  const wire = device.get(`/nest/transport/device/${SERIAL}`)
  const { headers } = await wire.head()
  t.match(headers, { 'x-nl-suspend-time-max': '300', 'x-nl-service-timestamp': String(START_MS) })
  t.notOk(Object.hasOwn(headers, 'transfer-encoding'))
  t.strictSame(await wire.json(), {
    objects: [{ object_revision: 1, object_timestamp: START_MS, object_key: SHARED }],
  })
  await device.put({ [`device.${SERIAL}`]: { current_humidity: 40 } })
  const both = await device.get(`/nest/transport/device/${SERIAL}`).json()
  t.match(both, { objects: [{ object_key: `device.${SERIAL}` }, { object_key: SHARED }] }, 'by key')
  const other = device.get('/nest/transport/device/09AA01AB12345678')
  t.equal((await other.head()).status, 403, 'U7: and never those of another')
  const nameless = device.send({
    method: 'GET',
    path: `/nest/transport/device/device.${SERIAL}`,
    headers: { Authorization: '' },
  })
  t.strictSame(await nameless.json(), both, 'the path names the caller')
  t.notOk(Object.hasOwn(headers, 'x-nl-disable-defer-window'))
  await home.ask('POST', '/command', { serial: SERIAL, command: 'set_mode', value: 'off' })
  const waiting = await device.get(`/nest/transport/device/${SERIAL}`).head()
  t.match(waiting.headers, { 'x-nl-disable-defer-window': '60' })
})

t.test('section 8: /info tells the firmware installer where to point', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: 'http://192.168.1.5:8000' } })
  t.match(await new Device(t, home).get('/info').json(), {
    server: 'nolongerevil',
    version: String,
    api_origin: 'http://192.168.1.5:8000',
    cloudregisterurl: 'http://192.168.1.5:8000/entry',
    ip: '192.168.1.5',
    port: 8000,
    ssl: false,
    require_device_pairing: false,
    entry_key_ttl_seconds: 3600,
  })
})

t.test('what goes wrong is told as JSON on both listeners', async (t) => {
  const { server } = await startHome(t)
  const basic = { Authorization: `Basic ${btoa(`d.${SERIAL}.x:y`)}` }
  const tooLong = 'x'.repeat(MAX_BODY_BYTES + 1)
  type Row = [string, 'device' | 'control', string, string, string, number, RegExp]
  const rows: Row[] = [
    ['an unknown path', 'device', 'GET', '/nest/nowhere', '', 404, /nothing at/],
    ['an unknown path', 'control', 'GET', '/nowhere', '', 404, /nothing at/],
    ['the root', 'device', 'DELETE', '/', '', 405, /does not take/],
    ['a wrong method', 'device', 'DELETE', '/nest/entry', '', 405, /does not take/],
    ['a wrong method', 'device', 'PUT', '/nest/transport/put', '{}', 405, /does not take/],
    ['a wrong method', 'control', 'POST', '/health', '', 405, /does not take/],
    ['malformed JSON', 'device', 'POST', '/nest/transport', '{"chunked":', 400, /JSON/],
    ['malformed JSON', 'device', 'POST', '/nest/transport/put', 'nope', 400, /JSON/],
    ['malformed JSON', 'control', 'POST', '/command', '{', 400, /JSON/],
    ['no object', 'device', 'POST', '/nest/transport', '[]', 400, /subscribe/],
    ['no object', 'device', 'POST', '/nest/transport/put', '"x"', 400, /put/],
    ['no object', 'control', 'POST', '/command', '[]', 400, /object/],
    ['too deep', 'device', 'POST', '/nest/transport', '['.repeat(99) + ']'.repeat(99), 400, /deep/],
    ['too large', 'device', 'POST', '/nest/transport/put', tooLong, 413, /larger/],
    ['too large', 'control', 'POST', '/command', tooLong, 413, /larger/],
    ['a broken path', 'device', 'GET', '/nest/%zz', '', 400, /percent/],
    ['a broken path', 'control', 'GET', '/%zz', '', 400, /percent/],
  ]
  for (const [name, listener, method, path, body, status, words] of rows) {
    const url = listener === 'device' ? server.localDeviceUrl : server.controlUrl
    const wire = new Wire(url, { method, path, body, headers: basic })
    t.teardown(() => wire.hangUp())
    const head = await wire.head()
    const label = `${listener}: ${name}: ${method} ${path}`
    t.equal(head.status, status, label)
    t.match(head.headers['content-type'], /^application\/json/, label)
    const answer = (await wire.json()) as { error?: string; message?: string; success?: boolean }
    t.match(answer.error ?? answer.message, words, label)
    if (listener === 'control') t.equal(answer.success, false, label)
    t.equal(Object.hasOwn(head.headers, 'allow'), status === 405, label)
  }
})

t.test('405 names what is allowed', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  const allow = async (path: string) =>
    (await device.send({ method: 'DELETE', path }).head()).headers.allow
  t.equal(await allow('/nest/entry'), 'GET, HEAD, POST')
  t.equal(await allow('/nest/passphrase'), 'GET, HEAD')
  t.equal(await allow('/nest/transport/put'), 'POST')
})

t.test('a body that lies about its length, or never stops, harms nobody', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  const endless = device.send({
    method: 'POST',
    path: '/nest/transport/put',
    headers: { 'Content-Length': String(MAX_BODY_BYTES * 1000) },
    body: '{"',
  })
  t.equal((await endless.head()).status, 413, 'refused by what it announces')
  t.equal((await endless.head()).headers.connection, 'close')
  const garbage = new Wire(home.server.localDeviceUrl, { method: 'NOT HTTP AT ALL', path: '' })
  t.equal((await garbage.head()).status, 400)
  t.match(await garbage.json(), { error: 'The request is not HTTP.' })
  const wide = device.send({
    method: 'GET',
    path: '/nest/ping',
    headers: { X: 'x'.repeat(20_000) },
  })
  t.equal((await wide.head()).status, 431)
  t.match(await wide.json(), { error: String })
  t.match(await device.get('/nest/ping').json(), { status: 'ok' }, 'and the next is served')
})
