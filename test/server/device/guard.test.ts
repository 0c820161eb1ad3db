import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { rawExchange, rawRequest } from '../../helpers/raw-http.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const PAGE = { Origin: 'http://evil.example' }

t.test('a web page cannot pretend to be a thermostat', async (t) => {
  const { server } = await startHome(t)
  const ask = (line: string, headers: Readonly<Record<string, string>>, body = '') =>
    rawRequest(server.deviceUrl, line, headers, body)
  const put = JSON.stringify({ objects: [{ object_key: `shared.${SERIAL}`, value: { x: 1 } }] })
  for (const browser of [PAGE, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const refused = await ask(`POST /nest/transport/put?serial=${SERIAL}`, browser, put)
    t.equal(refused.status, 403)
    t.match(refused.body, /web pages/)
    t.equal((await ask(`GET /nest/passphrase?serial=${SERIAL}`, browser)).status, 403)
    t.equal((await ask('POST /nest/entry', browser)).status, 403)
  }
  t.same(await server.core.store.thermostats(), [], 'nothing came of it')
})

t.test('what an installer reads, and a person looks at, is answered', async (t) => {
  const { server } = await startHome(t)
  const ask = (line: string, headers: Readonly<Record<string, string>>) =>
    rawRequest(server.deviceUrl, line, headers)
  for (const path of ['/info', '/entry', '/nest/entry', '/nest/ping']) {
    t.equal((await ask(`GET ${path}`, PAGE)).status, 200, path)
  }
  const link = {
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  }
  t.equal((await ask('GET /info', link)).status, 200)
  const thermostat = { 'X-nl-device-id': SERIAL }
  t.equal((await ask('GET /nest/passphrase', thermostat)).status, 200, 'no browser at all')
})

t.test(
  'I4: a pinned thermostat is asked for its password, however its serial is written',
  async (t) => {
    const home = await startHome(t, { config: { deviceAuth: 'pin' } })
    const basic = { Authorization: `Basic ${btoa(`d.${SERIAL}.X:secret`)}` }
    const ask = (line: string, headers: Readonly<Record<string, string>> = {}) =>
      rawRequest(home.server.deviceUrl, line, headers)
    const code = JSON.parse((await ask('GET /nest/passphrase', basic)).body).value
    await home.ask('POST', '/api/register', { code, userId: 'homeassistant' })
    t.equal((await ask(`GET /nest/transport/device/${SERIAL}`, basic)).status, 200)
    const encoded = `%${SERIAL.charCodeAt(0).toString(16)}${SERIAL.slice(1)}`
    for (const written of [
      SERIAL,
      SERIAL.toLowerCase(),
      encoded,
      `%20${SERIAL}`,
      `device.${SERIAL}`,
    ]) {
      t.equal((await ask(`GET /nest/transport/device/${written}`)).status, 403, written)
    }
  },
)

t.test('I1: no spelling of a path walks around the guard', async (t) => {
  const home = await startHome(t, { config: { deviceAuth: 'pin' } })
  const basic = (password: string) => ({
    Authorization: `Basic ${btoa(`d.${SERIAL}.X:${password}`)}`,
  })
  const ask = (line: string, headers: Readonly<Record<string, string>>, body = '') =>
    rawRequest(home.server.deviceUrl, line, headers, body)
  const code = JSON.parse((await ask('GET /nest/passphrase', basic('secret'))).body).value
  await home.ask('POST', '/api/register', { code, userId: 'anna' })
  const put = JSON.stringify({
    objects: [{ object_key: `shared.${SERIAL}`, value: { name: 'x' } }],
  })
  for (const [line, statuses] of [
    ['GET /nest/passphrase', [503]],
    ['GET /nest/passphrase?a=b?&serial=X', [503]],
    ['GET /nest/passphrase/', [503]],
    ['GET /nest/%70assphrase', [404]],
    ['GET /nest%2Fpassphrase', [404]],
    ['GET /nest//passphrase', [404]],
    ['GET //nest/passphrase', [404]],
    ['GET /nest/./passphrase', [404]],
    ['GET /nest/x/../passphrase', [404]],
    ['GET /nest/passphrase#', [404]],
    ['GET /nest/passphrase;x', [404]],
    ['GET /NEST/passphrase', [404]],
    [`GET http://localhost/nest/transport/device/${SERIAL}`, [404]],
    [`GET /nest/transport/device/%30${SERIAL.slice(1)}`, [403]],
    [`GET /nest/transport/%64evice/${SERIAL}`, [404]],
    ['POST /nest/transport/put', [403]],
    ['POST /nest/%2e%2e/put', [403]],
    ['POST /nest/transport/put?a=b?&serial=X', [403]],
    ['POST /nest/transport/%70ut', [404]],
    ['POST /nest/transport//put', [404]],
    ['POST /nest/transport/v3/%70ut', [404]],
  ] as const) {
    for (const headers of [basic('wrong'), { 'X-nl-device-id': SERIAL }]) {
      const body = line.startsWith('POST') ? put : ''
      t.match(statuses, [(await ask(line, headers, body)).status], line)
    }
  }
  const { buckets } = await home.server.core.store.load(SERIAL)
  t.notOk(buckets.has(`shared.${SERIAL}`))
})

const BROWSER = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' }
/** An image such as `http://d.SERIAL.x:password@192.168.1.5:8000/…`: on plain HTTP nothing else marks it. */
const AS_USER = { Authorization: `Basic ${btoa(`d.${SERIAL}.x:guess`)}` }
/** Each makes a thermostat, or reads of one, when a thermostat sends it. */
const REQUESTS = [
  'GET /nest/passphrase',
  'GET /nest/passphrase/status',
  `GET /nest/transport/device/${SERIAL}`,
  `GET /nest/transport/v3/device/device.${SERIAL}`,
  'GET /nest/weather/v1?query=00000',
  'GET /nest/pro_info/1',
  'POST /nest/transport',
  'POST /nest/transport/v3/subscribe',
  'POST /nest/transport/put',
  'POST /nest/upload',
] as const

t.test('I1: what a browser can send by itself gets nothing, and makes no thermostat', async (t) => {
  const { server, ask: control } = await startHome(t)
  const put = JSON.stringify({ objects: [{ object_key: `shared.${SERIAL}`, value: { x: 1 } }] })
  const websocket = {
    Connection: 'Upgrade, close',
    Upgrade: 'websocket',
    Origin: 'http://evil.example',
  }
  const link = {
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  }
  for (const page of [BROWSER, websocket, link, { Host: 'evil.example' }]) {
    for (const line of REQUESTS) {
      const body = line.startsWith('POST') ? put : ''
      const { status } = await rawRequest(server.deviceUrl, line, { ...AS_USER, ...page }, body)
      t.equal(status, 403, `${line} ${JSON.stringify(page)}`)
    }
    for (const path of ['/entry', '/nest/ping', '/info', '/']) {
      const { status } = await rawRequest(server.deviceUrl, `GET ${path}`, { ...AS_USER, ...page })
      t.equal(status, 200, path)
    }
  }
  t.same(await server.core.store.thermostats(), [])
  t.match((await control('GET', '/api/pairing')).body, { total: 0 })
})

t.test(
  'E4: under an unknown name a thermostat is served by entry alone, and that is logged',
  async (t) => {
    const log = new RecordingLogger()
    const home = await startHome(t, { log, config: { allowedHosts: ['nle.example.org'] } })
    const ask = (Host: string) =>
      rawRequest(home.server.deviceUrl, 'GET /nest/passphrase', { ...AS_USER, Host })
    for (let i = 0; i < 3; i++) {
      t.match(await ask('evil.example:8000'), { status: 403, body: /ALLOWED_HOSTS/ })
    }
    const said = log.lines.filter(({ event }) => /ALLOWED_HOSTS/.test(event))
    t.match(said, [{ level: 'warn', fields: { host: 'evil.example' } }], 'once')
    for (const host of [
      '192.168.1.5:8000',
      '[fd00::5]:8000',
      'nas',
      'nas.lan:8000',
      'nle.example.org',
    ]) {
      t.equal((await ask(host)).status, 200, host)
    }
    const [old] = await rawExchange(
      home.server.deviceUrl,
      `GET /nest/passphrase HTTP/1.0\r\nAuthorization: ${AS_USER.Authorization}\r\n\r\n`,
    )
    t.equal(old?.status, 200, 'a browser always sends a Host')
  },
)
