import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import { jsonObjectIn } from '../../../src/protocol/input.ts'
import { serverEndpoints } from '../../../src/server/control/server-endpoints.ts'
import {
  callIngress,
  FakeSupervisor,
  INGRESS_PATH,
  ingressHeaders,
  PERSON,
} from '../../helpers/fake-supervisor.ts'
import { startHome } from '../../helpers/home.ts'
import { rawRequest } from '../../helpers/raw-http.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const OPEN = 'the page is within Home Assistant'
const HOST = 'homeassistant.local:8123'
const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

/** An add-on whose ingress listener is open. */
async function startAddOn(t: Test, config: Partial<Config> = {}) {
  const fake = await FakeSupervisor.start(t)
  const log = new RecordingLogger()
  const home = await startHome(t, { config, log, supervisor: fake.supervisor })
  await log.until(({ event }) => event === OPEN)
  /** As the supervisor calls for a person. */
  const ask = async (
    line: string,
    headers: Readonly<Record<string, string>> = {},
    body?: object,
  ) => {
    const [method = '', path = ''] = line.split(' ')
    const { statusCode, ...answer } = await callIngress(fake.ingressPort, {
      method,
      path,
      headers: {
        Host: HOST,
        ...ingressHeaders(HOST),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said = await text(answer.message)
    return { status: statusCode, headers: answer.headers, body: said, json: jsonObjectIn(said) }
  }
  return { fake, log, home, ask }
}

t.test('whom Home Assistant lets in is the owner, without a token', async (t) => {
  const { ask } = await startAddOn(t, { requireToken: true })
  const session = { needed: false, scope: 'admin', owner: true, by: 'ingress', person: PERSON.name }
  t.strictSame((await ask('GET /api/session')).json, session)
  t.equal((await ask('GET /api/devices')).status, 200)
  const made = await ask('POST /api/tokens', {}, { name: 'Kitchen', scope: 'read' })
  t.match(made, { status: 200, json: { success: true } }, 'also what only the owner may')
  const nameless = { 'X-Remote-User-Display-Name': ' ' }
  t.match((await ask('GET /api/session', nameless)).json, { by: 'ingress', person: undefined })
})

t.test('everybody else is hung up on before being heard', async (t) => {
  const { fake, log, ask } = await startAddOn(t)
  const headers = { Host: HOST, ...ingressHeaders(HOST) }
  for (const from of ['127.0.0.1', '127.0.0.3']) {
    const call = callIngress(fake.ingressPort, { path: '/health', headers, from })
    await t.rejects(call, { code: /ECONNRESET|EPIPE/ }, from)
    t.match(await log.until(({ fields }) => fields.address === from), { level: 'warn' })
  }
  t.equal((await ask('GET /health')).status, 200, 'and Home Assistant is still heard')
})

t.test('what comes from the supervisor itself, for no person, is refused', async (t) => {
  const { fake } = await startAddOn(t)
  const { statusCode, message } = await callIngress(fake.ingressPort, { path: '/api/devices' })
  t.equal(statusCode, 403)
  t.match(await text(message), /only for the page within Home Assistant/)
})

t.test('Home Assistant may show the page in a frame, and nobody else may', async (t) => {
  const { home, ask } = await startAddOn(t)
  const within = await ask('GET /', BROWSER)
  t.match(within.body, '<!doctype html>')
  t.match(within.headers['content-security-policy'], /; frame-ancestors 'self'$/)
  t.equal(within.headers['x-frame-options'], 'SAMEORIGIN')
  const elsewhere = { ...BROWSER, ...ingressHeaders(HOST) }
  const page = await rawRequest(home.server.controlUrl, 'GET /', elsewhere)
  t.match(page.headers['content-security-policy'], /; frame-ancestors 'none'$/)
  t.equal(page.headers['x-frame-options'], 'DENY')
})

t.test('the headers of ingress count on no other listener', async (t) => {
  const { home } = await startAddOn(t, { requireToken: true })
  const headers = ingressHeaders(new URL(home.server.controlUrl).host)
  const session = await home.ask('GET', '/api/session', undefined, headers)
  t.match(session.body, {
    needed: true,
    scope: 'none',
    owner: false,
    by: 'nobody',
    person: undefined,
  })
  t.equal((await home.ask('GET', '/api/devices', undefined, headers)).status, 401)
  t.equal((await home.ask('GET', '/api/tokens', undefined, headers)).status, 401)
  t.match((await home.askHere('GET', '/api/session')).body, { by: 'socket', person: undefined })
})

t.test('only pages of Home Assistant may use it', async (t) => {
  const { ask } = await startAddOn(t)
  const command = { serial: '02AA01AC12345678', command: 'set_temperature', value: 21 }
  const send = async (headers: Record<string, string>) =>
    (await ask('POST /command', { ...BROWSER, ...headers }, command)).status
  const unknownThermostat = 404
  t.equal(await send({ Origin: `http://${HOST}` }), unknownThermostat)
  t.equal(await send({ Origin: `https://${HOST}` }), unknownThermostat, 'behind a proxy with TLS')
  const changed = { Host: 'backend:80', 'X-Forwarded-Host': 'home.example.org' }
  t.equal(await send({ ...changed, Origin: 'https://home.example.org' }), unknownThermostat)
  const same = { Origin: 'https://home.example.org', 'Sec-Fetch-Site': 'same-origin' }
  t.equal(await send({ Host: 'backend:80', ...same }), unknownThermostat, 'as the browser says')
  t.equal(await send({ Origin: 'http://evil.example' }), 403)
  t.equal(await send({ Origin: 'null' }), 403)
  t.equal(await send({ 'Sec-Fetch-Site': 'cross-site' }), 403)
  t.equal(await send({ Origin: `http://${HOST}`, 'Content-Type': 'text/plain' }), 415)
  const read = await ask('GET /api/devices', { ...BROWSER, Origin: 'http://evil.example' })
  t.match(read, { status: 403, json: { message: /leave Host as it is/ } })
  t.equal(read.headers['access-control-allow-origin'], undefined)
})

t.test('a server that is no add-on has no such listener', async (t) => {
  const home = await startHome(t)
  t.notOk(home.server.core.tallies.answers.has('ingress'))
})

t.test(
  'it waits for a supervisor that is down, and does not keep thermostats waiting',
  async (t) => {
    const fake = await FakeSupervisor.start(t)
    const starting = { status: 503, body: { result: 'error', message: 'starting' } }
    fake.says.set('/addons/self/info', starting)
    const log = new RecordingLogger()
    const home = await startHome(t, { log, supervisor: fake.supervisor })
    const waits = () =>
      log.until(({ event }) => event === 'the page within Home Assistant has to wait')
    t.match(await waits(), { fields: { reason: /answered 503: starting/ } })
    t.equal((await home.ask('GET', '/health')).status, 200)
    fake.says.delete('/addons/self/info')
    home.clock.advance(1_000)
    await log.until(({ event }) => event === OPEN)
    t.notMatch(JSON.stringify(log.lines), fake.supervisor.token)
  },
)

t.test('it gives up on a supervisor that does not answer, and asks again', async (t) => {
  const fake = await FakeSupervisor.start(t)
  fake.says.set('/addons/self/info', 'nothing')
  const log = new RecordingLogger()
  const home = await startHome(t, { log, supervisor: fake.supervisor })
  await fake.whenAsked('/addons/self/info', 1)
  home.clock.advance(10_000)
  t.match(await log.until(({ event }) => event === 'the page within Home Assistant has to wait'), {
    fields: { reason: /did not answer within 10 seconds/ },
  })
  home.clock.advance(1_000)
  await fake.whenAsked('/addons/self/info', 2)
  await home.stop()
  // Neither question is left on its way.
  await fake.whenGivenUp(2)
})

t.test(
  'thermostats are not told the address at which Home Assistant reaches the add-on',
  async (t) => {
    const asked: (string | undefined)[] = []
    const originFor = (address: string | undefined) => {
      asked.push(address)
      return 'http://192.168.1.5:8000'
    }
    const services = { originFor, core: { settings: {} } } as unknown as Parameters<
      typeof serverEndpoints
    >[0]
    const { getConfig } = serverEndpoints(services)
    const raw = { socket: { localAddress: '172.30.32.1' } }
    for (const credential of ['ingress', 'none']) {
      getConfig({ raw, credential } as unknown as Parameters<typeof getConfig>[0])
    }
    t.strictSame(asked, [undefined, '172.30.32.1'])
  },
)

t.test('the path of ingress is no path of the server', async (t) => {
  const { ask } = await startAddOn(t)
  t.equal((await ask(`GET ${INGRESS_PATH}/api/devices`)).status, 404)
})
