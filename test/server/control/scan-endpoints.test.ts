import t, { type Test } from 'tap'
import { subnetOf } from '../../../src/protocol/lan/addresses.ts'
import { scanNetwork } from '../../../src/server/lan/network-scan.ts'
import { SettingsPages } from '../../../src/server/lan/settings-page-client.ts'
import { FakeLan } from '../../helpers/fake-lan.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { loopbackServer } from '../loopback-server.ts'

const KEY = '02AA01AC12345678'
const OTHER = 'https://other.example/entry'

/** A thermostat of ours, one of another server, one with a key; a silent, a slow and an unrelated page. */
async function household(t: Test, ours: string) {
  const standIns = new FakeLan(t, '127.0.77')
  await standIns.thermostat(10, 'Hall', `${ours}/entry`)
  await standIns.thermostat(11, 'Attic', OTHER)
  await standIns.thermostat(12, 'Den', OTHER, KEY)
  await standIns.silent(13)
  await standIns.page(14, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    // The answer never ends.
    response.write('{"device_name": "\u0000\u0001')
  })
  await standIns.page(15, (_request, response) => response.end('<html>a printer</html>'))
  return standIns
}

/** Advances time once all pages but the two that never finish have answered. */
async function timeOutTheRest(standIns: FakeLan, clock: ManualClock, ms: number) {
  const done = () =>
    [10, 11, 12, 13, 14, 15].every((host) => standIns.asked.has(standIns.address(host)))
  while (!done() || clock.timers.pending > 2) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(ms)
}

t.test('a scan finds the thermostats among the other pages of a network', async (t) => {
  const origin = 'http://127.0.0.1:8000'
  const standIns = await household(t, origin)
  const clock = new ManualClock()
  const { port } = standIns
  const pages = new SettingsPages({ origin, clock, allowLoopback: true, port })
  const seen: number[] = []
  const subnet = subnetOf('127.0.77.1')
  if (subnet === undefined) throw new Error('that is a subnet')
  const scan = scanNetwork(pages, subnet, (done, total) => {
    seen.push(done)
    t.equal(total, 254)
  })
  await timeOutTheRest(standIns, clock, 2_000)
  t.strictSame(await scan, [
    {
      ip: '127.0.77.10',
      device_name: 'Hall',
      cloudregisterurl: `${origin}/entry`,
      configured: true,
    },
    { ip: '127.0.77.11', device_name: 'Attic', cloudregisterurl: OTHER, configured: false },
    { ip: '127.0.77.12', device_name: 'Den', cloudregisterurl: OTHER, configured: false },
  ])
  t.strictSame(
    seen,
    Array.from({ length: 254 }, (_, i) => i + 1),
    'progress is told',
  )
  t.equal(clock.timers.pending, 0)
})

t.test('thermostats are found and configured over HTTP, with a key if needed', async (t) => {
  const standIns = new FakeLan(t, '127.0.78')
  await standIns.thermostat(11, 'Attic', OTHER)
  await standIns.thermostat(12, 'Den', OTHER, KEY)
  const server = await loopbackServer(t, { settingsPagePort: standIns.port })
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(server.controlUrl + path, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  t.match(await post('/api/scan-network', { subnet: '127.0.78.0/24' }), {
    status: 200,
    body: {
      subnet: '127.0.78.0/24',
      devices: [{ device_name: 'Attic' }, { device_name: 'Den' }],
    },
  })
  t.match(await post('/api/configure-nest', { ip: '127.0.78.11' }), {
    status: 200,
    body: { success: true, device_name: 'Attic' },
  })
  t.strictSame(standIns.told.get('127.0.78.11'), { endpoint: server.deviceUrl })
  t.match(await post('/api/configure-nest', { ip: '127.0.78.12' }), {
    status: 401,
    body: { success: false, auth_required: true },
  })
  t.match(await post('/api/configure-nest', { ip: '127.0.78.12', api_key: KEY.toLowerCase() }), {
    status: 200,
    body: { success: true, device_name: 'Den' },
  })
  t.match(await post('/api/configure-nest', { ip: '127.0.78.200' }), {
    status: 502,
    body: { success: false, message: /cannot be reached/ },
  })
})

t.test('addresses outside a home network are refused', async (t) => {
  const options = { clock: new ManualClock(), origin: 'http://192.168.1.5:8000', port: 9 }
  const pages = new SettingsPages({ ...options, allowLoopback: false })
  const others = ['8.8.8.8', '127.0.0.1', '169.254.169.254', 'localhost', 'nest.local', '::1']
  for (const ip of [...others, '192.168.1.20:22', '192.168.1.20/x', '0', '192.168.1.020']) {
    await t.rejects(pages.look(ip, 1), { code: 'invalid' }, ip)
    await t.rejects(pages.configure(ip, undefined, 1), { code: 'invalid' }, ip)
  }
  const server = await loopbackServer(t, { flags: { apiOrigin: 'http://192.168.1.5:8000' } })
  const rows: [string, unknown][] = [
    ['/api/configure-nest', { ip: '127.0.0.1' }],
    ['/api/configure-nest', { ip: '1.1.1.1' }],
    ['/api/configure-nest', {}],
    ['/api/scan-network', { subnet: '127.0.0.0/24' }],
    ['/api/scan-network', { subnet: '8.8.8.0/24' }],
    ['/api/scan-network', { subnet: '10.0.0.0/8' }],
  ]
  for (const [path, body] of rows) {
    const answer = await fetch(server.controlUrl + path, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    t.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`)
  }
})

t.test('a broken or oversized answer is no thermostat', async (t) => {
  const standIns = new FakeLan(t, '127.0.79')
  await standIns.page(1, (request, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('{')
    response.flushHeaders()
    setImmediate(() => request.socket.destroy())
  })
  await standIns.page(2, (_request, response) =>
    response.end(JSON.stringify({ device_name: 'Hall', more: 'x'.repeat(100_000) })),
  )
  await standIns.page(3, (_request, response) => response.writeHead(302, { Location: '/' }).end())
  const { port } = standIns
  const pages = new SettingsPages({
    origin: 'http://127.0.0.1:1',
    clock: new ManualClock(),
    allowLoopback: true,
    port,
  })
  for (const host of [1, 2, 3]) t.equal(await pages.look(standIns.address(host), 1_000), undefined)
  await standIns.page(4, (_request, response) => response.end('<html>a printer</html>'))
  for (const [host, message] of [
    [3, /answered 302/],
    [4, /answered something else/],
  ] as const) {
    const configured = pages.configure(standIns.address(host), undefined, 1_000)
    await t.rejects(configured, { code: 'unreachable', message })
  }
})
