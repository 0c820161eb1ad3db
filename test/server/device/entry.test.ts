import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { type Config, resolveConfig } from '../../../src/config.ts'
import { VERSION } from '../../../src/version.ts'
import { Device } from '../../helpers/device.ts'
import { failCommits } from '../../helpers/failing-disk.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'

const ORIGIN = 'http://192.168.1.5:8000'
const DOCUMENT = {
  czfe_url: `${ORIGIN}/nest/transport`,
  transport_url: `${ORIGIN}/nest/transport`,
  direct_transport_url: `${ORIGIN}/nest/transport`,
  passphrase_url: `${ORIGIN}/nest/passphrase`,
  ping_url: `${ORIGIN}/nest/transport`,
  pro_info_url: `${ORIGIN}/nest/pro_info`,
  weather_url: `${ORIGIN}/nest/weather/v1?query=`,
  upload_url: `${ORIGIN}/nest/upload`,
  software_update_url: '',
  server_version: VERSION,
  tier_name: 'local',
}

t.test(
  'E1: the document of where everything is, by GET and POST, with and without /nest',
  async (t) => {
    const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
    const device = new Device(t, home)
    for (const path of ['/nest/entry', '/entry', '/nest/entry/']) {
      t.strictSame(await device.get(path).json(), DOCUMENT, `GET ${path}`)
      t.strictSame(await device.post(path, 'reset=1').json(), DOCUMENT, `POST ${path}`)
    }
  },
)

t.test('E2: every URL names its port, 80 and 443 included', async (t) => {
  const rows = [
    ['http://nle.home', 'http://nle.home:80'],
    ['https://nle.home/', 'https://nle.home:443'],
    ['http://10.0.0.2:8000', 'http://10.0.0.2:8000'],
    ['https://nle.home/behind/proxy/', 'https://nle.home:443/behind/proxy'],
  ] as const
  for (const [given, expected] of rows) {
    // As the command line reads it.
    const { config } = resolveConfig({ apiOrigin: given }, {})
    const home = await startHome(t, { config: { apiOrigin: config.apiOrigin } })
    const device = new Device(t, home)
    const document = (await device.get('/nest/entry').json()) as Record<string, string>
    t.equal(document.transport_url, `${expected}/nest/transport`)
    const urls = Object.values(document).filter((each) => each.startsWith('http'))
    t.equal(urls.length, 8)
    for (const url of urls) t.match(url, /^https?:\/\/[^/:]+:\d+\//)
    const info = (await device.get('/info').json()) as Record<string, unknown>
    t.equal(info.cloudregisterurl, `${expected}/entry`)
    t.equal(info.port, Number(expected.split(':')[2]?.split('/')[0]))
    t.equal(info.ssl, expected.startsWith('https'))
    await home.stop()
  }
})

t.test('E3: the useful facts of the body are kept', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device
    .post(
      '/nest/entry',
      'reset=0&mac=18b430a1b2c3&model=Display-2.12&request_id=1&software_version=5.9.4-5&wireless_reg_domain=US',
    )
    .ended()
  const facts = { model: 'Display-2.12', macAddress: '18b430a1b2c3', softwareVersion: '5.9.4-5' }
  const { store } = home.server.core
  t.match((await store.load(SERIAL)).device, facts)
  await device.get('/nest/entry').ended()
  t.match((await store.load(SERIAL)).device, facts, 'and not forgotten by a later GET')
})

t.test('E3: discovery is answered whatever the body is, and whoever asks', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
  const device = new Device(t, home)
  const bodies = ['%%%=%zz', '{"json":true}', 'model=%00%1b[31m', 'x'.repeat(20_000)]
  for (const body of bodies) {
    const wire = device.post('/nest/entry', body)
    t.equal((await wire.head()).status, 200)
    t.strictSame(await wire.json(), DOCUMENT, body.slice(0, 20))
  }
  t.match((await home.server.core.store.load(SERIAL)).device, { model: null })
  const stranger = device.send({
    method: 'GET',
    path: '/nest/entry',
    headers: { Authorization: '' },
  })
  t.strictSame(await stranger.json(), DOCUMENT)
})

t.test(
  'E4: with no origin configured, it is the address that the thermostat reached',
  async (t) => {
    const lan = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && each.family === 'IPv4' && !each.internal)
    const home = await startHome(t, { config: { serverHost: '0.0.0.0' } })
    const device = new Device(t, home)
    const document = (await device.get('/nest/entry').json()) as Record<string, string>
    t.notMatch(document.transport_url, /localhost/)
    if (lan === undefined) {
      t.match(document.transport_url, /^http:\/\/127\.0\.0\.1:\d+\//)
      return
    }
    const port = new URL(home.server.localDeviceUrl).port
    const reached = await fetchText(`http://${lan.address}:${port}/nest/entry`)
    t.equal(JSON.parse(reached).transport_url, `http://${lan.address}:${port}/nest/transport`)
    t.notMatch(document.transport_url, /127\.0\.0\.1/, 'also when it was this machine that asked')
  },
)

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, async (response) => {
      let text = ''
      for await (const part of response) text += String(part)
      resolve(text)
    })
    asked.on('error', reject)
    asked.end()
  })
}

const ROOT_PATHS = ['/', '/nest', '/nest/']
const BROWSER = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' }

t.test('E5: the origin without /entry answers as the entry to thermostats', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
  const device = new Device(t, home)
  const stranger = { ...BROWSER, Authorization: '' }
  for (const path of ROOT_PATHS) {
    t.strictSame(await device.get(path).json(), DOCUMENT, `GET ${path}`)
    t.strictSame(await device.post(path, 'reset=1').json(), DOCUMENT, `POST ${path}`)
    const sent: [string, string, string, Record<string, string>][] = [
      ['GET', path, '', { Authorization: '' }],
      ['GET', `${path}?serial=${SERIAL}`, '', stranger],
      ['GET', `${path}?mac=18b430a1b2c3`, '', stranger],
      ['POST', path, 'mac=18b430a1b2c3', stranger],
    ]
    for (const [method, where, body, headers] of sent) {
      const wire = device.send({ method, path: where, body, headers })
      t.strictSame(await wire.json(), DOCUMENT, `${method} ${where} ${body}`)
    }
    const seen = await device.send({ method: 'GET', path, headers: stranger }).json()
    t.match(seen, { message: /thermostats/, cloudregisterurl: `${ORIGIN}/entry` })
    t.notOk(Object.hasOwn(seen as object, 'transport_url'))
  }
  await device.post('/', 'model=Display-2.12').ended()
  const { store } = home.server.core
  t.match((await store.load(SERIAL)).device, { model: 'Display-2.12' }, 'E3 there, too')
})

t.test('E5: an address with /entry or /nest twice is understood', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
  const device = new Device(t, home)
  for (const path of [
    '/entry/entry',
    '/nest/entry/entry',
    '/nest/nest/entry',
    '/entry/nest/entry/',
    '//entry',
    '//nest/entry',
    '/nest//entry',
  ]) {
    t.strictSame(await device.get(path).json(), DOCUMENT, path)
    t.strictSame(await device.post(path, 'reset=1').json(), DOCUMENT, path)
  }
  t.equal((await device.get('/entry/passphrase').head()).status, 404)
})

/** The fields of an entry answer that are no part of `DOCUMENT`. */
function bucketsIn(document: unknown): Record<string, unknown> {
  const fields = Object.entries(document as object)
  return Object.fromEntries(fields.filter(([field]) => !Object.hasOwn(DOCUMENT, field)))
}

async function pairedHome(t: Test, config: Partial<Config> = {}) {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN, ...config } })
  const device = new Device(t, home)
  await home.ask('POST', '/api/register', { code: await device.code(), userId: 'anna' })
  return { home, device }
}

const BUCKETS = {
  'user.anna': { object_revision: 1, object_timestamp: START_MS, value: { name: 'anna' } },
  'structure.default': {
    object_revision: 1,
    object_timestamp: START_MS,
    value: { name: 'Home', devices: [SERIAL] },
  },
}

t.test('E7: a paired thermostat finds its user and structure in the entry', async (t) => {
  const { home, device } = await pairedHome(t)
  const other = new Device(t, home, '02AA01AC00000001')
  t.strictSame(bucketsIn(await other.get('/entry').json()), {}, 'an unpaired one does not')
  for (const path of ['/nest/entry', '/entry', '/']) {
    const wire = device.get(path)
    t.strictSame(bucketsIn(await wire.json()), BUCKETS, path)
    const [body = ''] = wire.chunks
    t.ok(body.endsWith(JSON.stringify(BUCKETS).slice(1)), 'V1: compact, its fields in this order')
  }
  const byHeader = (headers: Record<string, string>, path = '/entry', body = '') =>
    device.send({ method: 'POST', path, body, headers: { Authorization: '', ...headers } }).json()
  for (const name of ['X-nl-client-id', 'X-nl-device-id', 'X-nl-device-serial']) {
    const value = name === 'X-nl-client-id' ? `d.${SERIAL}.5EED0001` : SERIAL
    t.strictSame(bucketsIn(await byHeader({ [name]: value })), BUCKETS, name)
  }
  t.strictSame(bucketsIn(await byHeader({}, `/entry?serial=${SERIAL}`)), {}, 'not by query')
  t.strictSame(bucketsIn(await byHeader({}, '/entry', `serial=${SERIAL}&mac=1`)), {}, 'nor by body')
})

t.test('E7: not under a name that a stranger can make point here', async (t) => {
  const { device } = await pairedHome(t, { allowedHosts: ['nle.example.org'] })
  const under = (Host: string) =>
    device.send({ method: 'GET', path: '/entry', headers: { Host } }).json()
  t.strictSame(bucketsIn(await under('evil.example:8000')), {})
  t.strictSame(bucketsIn(await under('nle.example.org:8000')), BUCKETS)
  t.strictSame(bucketsIn(await under('192.168.1.5:8000')), BUCKETS)
})

t.test('E7: while passwords are pinned, only with the right one', async (t) => {
  const { home, device } = await pairedHome(t, { deviceAuth: 'pin' })
  const entry = async (headers: Record<string, string>) =>
    bucketsIn(await device.send({ method: 'GET', path: '/entry', headers }).json())
  const wrong = { Authorization: `Basic ${btoa(`d.${SERIAL}.5EED0001:another`)}` }
  const none = { Authorization: '', 'X-nl-device-id': SERIAL }
  // Before and after the thermostat's next request, with which its password goes on file.
  for (const when of ['at first', 'later']) {
    t.strictSame(await entry(wrong), {}, when)
    t.strictSame(await entry(none), {}, when)
    t.strictSame(await entry({}), BUCKETS, when)
    await device.get(`/nest/transport/device/${SERIAL}`).ended()
  }
  t.ok((await home.server.core.store.load(SERIAL)).password)
})

t.test('E7: while the store is in trouble the entry answers without them', async (t) => {
  const { home, device } = await pairedHome(t)
  failCommits(home.server.core.store)
  t.strictSame(await device.get('/entry').json(), DOCUMENT)
})
