import { request } from 'node:http'
import t from 'tap'
import { VirtualThermostat } from '../../../src/virtual/index.ts'
import { loopbackServer } from '../loopback-server.ts'

const SERIAL = '02AA01AC0000000001'
const OTHER = '02AA01AC0000000002'
const FLAGS = { requireDevicePairing: 'true' }

/** A request as a thermostat sends it; `undici` would hide the headers of a 401. */
function ask(url: string, method: string, serial: string, body?: unknown) {
  const auth = `d.${serial}.5EED0001:password`
  return new Promise<{ status: number; headers: object; body: string }>((resolve, reject) => {
    const sent = request(url, { method, auth }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

t.test('without a key there is entry and passphrase, and a plain 401 on transport', async (t) => {
  const { deviceUrl, core } = await loopbackServer(t, { flags: FLAGS })
  t.match(await ask(`${deviceUrl}/nest/entry`, 'GET', SERIAL), { status: 200 })
  const put = { [`shared.${SERIAL}`]: { object_key: `shared.${SERIAL}`, name: 'x' } }
  const requests: [string, string, unknown?][] = [
    ['POST', '/nest/transport', { chunked: true, objects: [] }],
    ['POST', '/nest/transport/put', put],
    ['GET', `/nest/transport/device/${SERIAL}`],
  ]
  for (const [method, path, body] of requests) {
    const answer = await ask(`${deviceUrl}${path}`, method, SERIAL, body)
    t.equal(answer.status, 401, path)
    t.match(JSON.parse(answer.body), { error: /pairing/ }, path)
    t.notOk(
      Object.keys(answer.headers).some((name) => /authenticate|credential/.test(name)),
      path,
    )
  }
  t.equal((await core.store.load(SERIAL)).buckets.get(`shared.${SERIAL}`), undefined)
})

t.test('with an open key it may subscribe, while its puts are taken and dropped', async (t) => {
  const { deviceUrl, core } = await loopbackServer(t, { flags: FLAGS })
  await ask(`${deviceUrl}/nest/passphrase`, 'GET', SERIAL)
  const put = { [`shared.${SERIAL}`]: { object_key: `shared.${SERIAL}`, name: 'x' } }
  t.match(await ask(`${deviceUrl}/nest/transport/put`, 'POST', SERIAL, put), {
    status: 200,
    body: '{"objects":[]}',
  })
  const inline = { object_key: `shared.${SERIAL}`, object_revision: 0, object_timestamp: 0 }
  const plain = ask(`${deviceUrl}/nest/transport`, 'POST', SERIAL, {
    chunked: true,
    objects: [
      { ...inline, value: { name: 'x' } },
      { ...inline, object_key: 'structure.abc' },
    ],
  })
  while (core.subscriptions.count(SERIAL) === 0)
    await new Promise((resolve) => setImmediate(resolve))
  core.subscriptions.finish(SERIAL)
  t.match(await plain, { status: 200, body: '' }, 'held in silence, and asked for nothing')
  t.equal((await core.store.load(SERIAL)).buckets.get(`shared.${SERIAL}`), undefined)
})

t.test('a thermostat pairs, and from then on everything it puts is kept', async (t) => {
  const { deviceUrl, controlUrl, core } = await loopbackServer(t, { flags: FLAGS })
  const thermostat = new VirtualThermostat({
    serial: SERIAL,
    origin: deviceUrl,
    bootSettleMs: 1,
    passphrasePollMs: 10,
    firstPauseMs: 5,
    maxPauseMs: 20,
  })
  t.teardown(() => thermostat.stop())
  const uploaded = new Promise<void>((resolve) => {
    core.events.on('deviceChanged', async () => {
      const { buckets } = await core.store.load(SERIAL)
      if (buckets.has(`shared.${SERIAL}`) && buckets.has(`device.${SERIAL}`)) resolve()
    })
  })
  thermostat.start()
  const code = await thermostat.whenCode()
  const body = JSON.stringify({ code, userId: 'homeassistant' })
  await fetch(`${controlUrl}/api/register`, { method: 'POST', body })
  t.equal(await thermostat.whenPaired(), 'homeassistant')
  await uploaded
  const { devices } = (await (await fetch(`${controlUrl}/api/devices`)).json()) as {
    devices: object[]
  }
  t.match(devices, [{ serial: SERIAL, owner: 'homeassistant' }])
  t.equal(devices.length, 1)
  await ask(`${deviceUrl}/nest/passphrase`, 'GET', OTHER)
  const after = await (await fetch(`${controlUrl}/api/devices?all=1`)).json()
  t.match(after, { total: 1 }, 'one that is not paired is not listed')
})

t.test('without the setting every thermostat is served', async (t) => {
  const { deviceUrl, core } = await loopbackServer(t)
  const put = { [`shared.${SERIAL}`]: { object_key: `shared.${SERIAL}`, name: 'x' } }
  const answer = await ask(`${deviceUrl}/nest/transport/put`, 'POST', SERIAL, put)
  t.match(JSON.parse(answer.body), { objects: [{ object_key: `shared.${SERIAL}` }] })
  const { buckets } = await core.store.load(SERIAL)
  t.match(buckets.get(`shared.${SERIAL}`), { value: { name: 'x' } })
})
