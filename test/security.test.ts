import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Config } from '../src/config.ts'
import { createToken } from '../src/server/control/guards/tokens.ts'
import type { TokenScope } from '../src/store/store.ts'
import { ADDRESS, callIngress, FakeSupervisor, ingressHeaders } from './helpers/fake-supervisor.ts'
import { type Home, SERIAL, startHome } from './helpers/home.ts'
import { rawRequest } from './helpers/raw-http.ts'
import { RecordingLogger } from './server/mqtt/logged-server.ts'

const PAGE = readFileSync('docs/security.md', 'utf8')
const OTHER_SERIAL = '02AA01AC87654321'
/** How a reverse proxy on this machine passes a stranger's request on. */
const PROXIED = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Host': 'home.example.org' }
const BROKER = { brokerUrl: 'mqtt://192.168.1.9:1883' }

/** The columns of the table. */
const SETUPS: Readonly<Record<string, { config?: Partial<Config>; token?: true; proxy?: true }>> = {
  'by default': {},
  'with a token on file': { token: true },
  'through a proxy here, with a token on file': { token: true, proxy: true },
  pinned: { config: { deviceAuth: 'pin' } },
}

/** A house with a thermostat that is paired, and calls with the password `known`. */
interface House {
  readonly home: Home
  /** Calls the control API as a stranger does in this setup. */
  stranger(method: string, path: string, body?: unknown, more?: object): Promise<number>
  /** Calls the device listener; a password of null comes without credentials. */
  device(line: string, from: Caller, body?: string): Promise<number>
  /** Calls the listener for the page within Home Assistant, from an address; 0 when it hangs up. */
  within(path: string, from: string): Promise<number>
  /** A new token. */
  token(scope: TokenScope): Promise<string>
}

interface Caller {
  readonly serial?: string
  readonly password?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

const KNOWN = { password: 'known' }
const OTHER = { password: 'another one' }
const PUT = JSON.stringify({
  session: 's',
  objects: [{ object_key: `shared.${SERIAL}`, value: { target_temperature: 21 } }],
})
const WARMER = { serial: SERIAL, command: 'set_temperature', value: 21 }

const OWNERS_ONLY = '/api/tokens'

/** Whether it is done, by the sentence in the table. */
const LINES: Readonly<Record<string, (house: House) => Promise<boolean>>> = {
  'anybody on the network: reads statuses and watches events': async ({ stranger }) =>
    isOk(await stranger('GET', `/status?serial=${SERIAL}`)),
  'anybody on the network: sends commands': async ({ stranger }) =>
    isOk(await stranger('POST', '/command', WARMER)),
  'anybody on the network: pairs a thermostat whose screen they can read': async (house) => {
    const code = await codeOf(house)
    return isOk(await house.stranger('POST', '/api/register', { code, userId: 'anna' }))
  },
  'anybody on the network: unpairs, deletes, pins': async ({ stranger }) =>
    isOk(await stranger('POST', `/api/pin/${SERIAL}`)),
  'anybody on the network: names the MQTT broker': async ({ stranger }) =>
    isOk(await stranger('POST', '/api/mqtt-config', BROKER)),
  'anybody on the network: makes tokens, takes a backup': async ({ stranger }) =>
    isOk(await stranger('POST', '/api/tokens', { name: 'stranger', scope: 'admin' })) ||
    isOk(await stranger('GET', '/api/backup')),
  'anybody on the network: switches Matter, sees its code': async ({ stranger }) =>
    isOk(await stranger('GET', '/api/matter/pairing')) ||
    isOk(await stranger('POST', '/api/matter', { on: false })),
  'whoever may open the socket (the user of nle, root): everything': async ({ home }) =>
    isOk((await home.askHere('POST', '/api/mqtt-config', BROKER)).status),
  'whom Home Assistant lets into the add-on: everything': async ({ within }) =>
    isOk(await within(OWNERS_ONLY, ADDRESS)),
  'anybody else at the listener for that: anything': async ({ within }) =>
    (await within('/health', '127.0.0.1')) > 0,
  'a `read` token: reads statuses': async (house) =>
    isOk(await byToken(house, 'read', 'GET', `/status?serial=${SERIAL}`)),
  'a `read` token: sends commands': async (house) =>
    isOk(await byToken(house, 'read', 'POST', '/command', WARMER)),
  'a `control` token: sends commands and pairs': async (house) =>
    isOk(await byToken(house, 'control', 'POST', '/command', WARMER)),
  'a `control` token: unpairs, deletes, pins': async (house) =>
    isOk(await byToken(house, 'control', 'POST', `/api/pin/${SERIAL}`)),
  'an `admin` token: everything': async (house) =>
    isOk(await byToken(house, 'admin', 'POST', '/api/mqtt-config', BROKER)),
  'a web page from elsewhere: reads or changes anything': async ({ stranger }) =>
    isOk(await stranger('GET', '/api/devices', undefined, { Origin: 'http://evil.example' })) ||
    isOk(await stranger('GET', '/api/devices', undefined, { Host: 'evil.example' })),
  'a web page from elsewhere: gets a code or makes a thermostat up': async (house) => {
    const { device, home } = house
    const headers = [
      { Host: 'evil.example' },
      { Origin: 'http://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
    ]
    for (const each of headers) {
      const from = { serial: OTHER_SERIAL, password: 'x', headers: each }
      if (isOk(await device('GET /nest/passphrase', from))) return true
    }
    return (await home.server.core.store.load(OTHER_SERIAL)).device !== undefined
  },
  'who knows a serial: reports for that thermostat': async ({ device }) =>
    isOk(await device('POST /nest/transport/put', OTHER, PUT)),
  'who knows a serial: takes and confirms a command that waits for it': async (house) => {
    const { home, device } = house
    await home.askHere('POST', '/command', WARMER)
    const list = JSON.stringify({ session: 's', objects: [] })
    if (!isOk(await device('POST /nest/transport', OTHER, list))) return false
    return isOk(await device('POST /nest/transport/put', OTHER, PUT))
  },
  'who knows a serial: gets the code of a paired thermostat that is heard from': async ({
    device,
  }) => isOk(await device('GET /nest/passphrase', OTHER)),
  'who makes a serial up: gets a code': async ({ device }) =>
    isOk(await device('GET /nest/passphrase', { serial: OTHER_SERIAL, password: 'x' })),
  'a thermostat: reads what another one has on file': async ({ device }) =>
    isOk(
      await device(`GET /nest/transport/device/${SERIAL}`, { serial: OTHER_SERIAL, password: 'x' }),
    ),
}

function isOk(status: number): boolean {
  return status >= 200 && status < 300
}

async function byToken(
  { home, token }: House,
  scope: TokenScope,
  method: string,
  path: string,
  body?: unknown,
): Promise<number> {
  const headers = { Authorization: `Bearer ${await token(scope)}` }
  return (await home.ask(method, path, body, headers)).status
}

async function codeOf({ home }: House, serial = OTHER_SERIAL, password = 'x'): Promise<string> {
  const { body } = await rawRequest(
    home.server.localDeviceUrl,
    'GET /nest/passphrase',
    credentials(serial, password),
  )
  return JSON.parse(body).value
}

function credentials(serial: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`d.${serial}.X:${password}`)}` }
}

async function startHouse(t: Test, setup: (typeof SETUPS)[string]): Promise<House> {
  const { supervisor, ingressPort } = await FakeSupervisor.start(t)
  const log = new RecordingLogger()
  const home = await startHome(t, { config: setup.config ?? {}, supervisor, log })
  const token = async (scope: TokenScope): Promise<string> => {
    const { store, clock } = home.server.core
    const nowMs = clock.now().wallMs
    const name = `token ${(await store.tokens()).length}`
    return (await createToken(store, { name, scope, expiresAtMs: null, nowMs })).token
  }
  const device: House['device'] = async (line, { serial = SERIAL, password, headers }, body) => {
    const proxied = setup.proxy ? PROXIED : {}
    const from = { ...(password ? credentials(serial, password) : {}), ...proxied, ...headers }
    return (await rawRequest(home.server.localDeviceUrl, line, from, body)).status
  }
  const within: House['within'] = async (path, from) => {
    await log.until(({ event }) => event === 'the page is within Home Assistant')
    const headers = ingressHeaders('homeassistant.local:8123')
    const called = callIngress(ingressPort, { path, headers, from })
    return called.then(({ statusCode = 0 }) => statusCode).catch(() => 0)
  }
  const house: House = {
    home,
    within,
    device,
    token,
    stranger: async (method, path, body, more = {}) => {
      const headers = { ...(setup.proxy ? PROXIED : {}), ...more }
      const text = body === undefined ? '' : JSON.stringify(body)
      const json = { ...(text === '' ? {} : { 'Content-Type': 'application/json' }), ...headers }
      return (await rawRequest(home.server.controlUrl, `${method} ${path}`, json, text)).status
    },
  }
  const code = await codeOf(house, SERIAL, 'known')
  await home.askHere('POST', '/api/register', { code, userId: 'anna' })
  await device(`GET /nest/transport/device/${SERIAL}`, KNOWN)
  await device('POST /nest/transport/put', KNOWN, PUT)
  if (setup.token) await token('read')
  return house
}

/** The rows of the table: its sentence, and what each column says. */
function printedTable(): Map<string, Record<string, string>> {
  const [, table = ''] = /<!-- who may what -->\n([\s\S]*?)\n\n/.exec(PAGE) ?? []
  const [head = [], , ...rows] = table.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  return new Map(
    rows.map(([who = '', ...cells]) => [
      who,
      Object.fromEntries(cells.map((cell, i) => [head[i + 1] ?? '', cell])),
    ]),
  )
}

const printed = printedTable()

t.test('the table in docs/security.md has these lines and columns', async (t) => {
  t.strictSame([...printed.keys()], Object.keys(LINES))
  for (const cells of printed.values()) t.strictSame(Object.keys(cells), Object.keys(SETUPS))
})

for (const [who, isDone] of Object.entries(LINES)) {
  for (const [column, setup] of Object.entries(SETUPS)) {
    t.test(`${who}, ${column}`, async (t) => {
      const house = await startHouse(t, setup)
      t.equal((await isDone(house)) ? 'yes' : 'no', printed.get(who)?.[column])
    })
  }
}
