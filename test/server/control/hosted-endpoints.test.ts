import { createHash } from 'node:crypto'
import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

// As the published documentation of the hosted service describes its API v1.
const AT = `/api/v1/thermostat/${SERIAL}`
const BEARER = { authorization: 'Bearer nle_whatever' }

t.test('an app of the hosted service lists, reads and sets', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ deviceFields: { has_fan: true } })
  const ask = (method: string, path: string, body?: unknown) => home.ask(method, path, body, BEARER)

  const { body: list } = await ask('GET', '/api/v1/devices')
  const [device] = list.devices as JsonObject[]
  t.match(device, { id: SERIAL, serial: SERIAL, accessType: 'owner', name: String })

  const { body: status } = await ask('GET', `${AT}/status`)
  t.match(status, {
    device: { id: SERIAL, serial: SERIAL },
    state: {
      [`shared.${SERIAL}`]: {
        object_revision: Number,
        object_timestamp: Number,
        value: { current_temperature: Number, target_temperature_type: 'heat' },
      },
      [`device.${SERIAL}`]: { value: Object },
    },
  })

  const { body: set } = await ask('POST', `${AT}/temperature`, {
    value: 72,
    mode: 'heat',
    scale: 'F',
  })
  t.match(set, {
    success: true,
    message: 'Command handled',
    device: SERIAL,
    object: `shared.${SERIAL}`,
    revision: Number,
    timestamp: Number,
  })
  await thermostat.waitFor('the target', (one) => {
    const shared = one.buckets().get(`shared.${SERIAL}`)?.value
    return shared?.target_temperature === 22.22
  })

  t.equal((await ask('POST', `${AT}/mode`, { mode: 'heat-cool' })).status, 200)
  t.equal((await ask('POST', `${AT}/temperature/range`, { low: 19, high: 25 })).status, 200)
  t.equal((await ask('POST', `${AT}/away`, { away: true })).status, 200)
  const { body: fan } = await ask('POST', `${AT}/fan`, { duration: 900 })
  t.match(fan, { success: true, object: `device.${SERIAL}` })
  const { body: after } = await ask('GET', `${AT}/status`)
  t.match((after.state as JsonObject)[`shared.${SERIAL}`], {
    value: { target_temperature_type: 'range', target_temperature_low: 19 },
  })
})

t.test('the lock gets the hash of the PIN, which no answer shows', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const body = { enabled: true, pin: '4711', temp_min: 18, temp_max: 24 }
  t.match(await home.ask('POST', `${AT}/lock`, body, BEARER), { status: 200 })
  const hash = createHash('sha1').update(`4711${SERIAL}`).digest('base64')
  const [change] = await home.server.core.store.recentCommands(SERIAL, 1)
  t.match(change?.[0].fields, { temperature_lock_pin_hash: hash })
  const { json } = await home.ask('GET', `${AT}/status`, undefined, BEARER)
  t.notMatch(JSON.stringify(json), new RegExp(`${hash.slice(0, 12)}|4711`))
})

t.test('the schedule is wrapped, and day 0 is Monday', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const schedule = { ver: 2, schedule_mode: 'HEAT', days: { 0: { 0: { time: 25_200, temp: 21 } } } }
  t.equal((await home.ask('PUT', `${AT}/schedule`, { schedule }, BEARER)).status, 200)
  const { body } = await home.ask('GET', `${AT}/schedule`, undefined, BEARER)
  t.match(body, {
    device: { id: SERIAL },
    schedule: { schedule_mode: 'HEAT', days: { 0: { 0: { time: 25_200, temp: 21 } } } },
  })
})

t.test('what is out of range is 400 and changes nothing', async (t) => {
  const home = await startHome(t)
  await home.paired()
  for (const [path, body] of [
    ['temperature', { value: 72 }],
    ['temperature', { value: 2 }],
    ['temperature/range', { low: 24, high: 20 }],
    ['fan', { duration: 50_000 }],
    ['mode', { mode: 'eco' }],
  ] as const) {
    const answer = await home.ask('POST', `${AT}/${path}`, body, BEARER)
    t.match(answer, { status: 400, body: { error: String } }, `${path} ${JSON.stringify(body)}`)
  }
  t.strictSame(await home.server.core.store.recentCommands(SERIAL, 10), [])
})

t.test('DELETE unpairs and keeps the data; then the thermostat is unknown there', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const { body } = await home.ask('DELETE', AT, undefined, BEARER)
  t.strictSame(body, { success: true, message: 'Device deleted successfully' })
  const state = await home.server.core.store.load(SERIAL)
  t.equal(state.owner, undefined)
  t.ok(state.buckets.size > 2)
  t.match(await home.ask('GET', `${AT}/status`), {
    status: 404,
    body: { error: 'Device not found' },
  })
  t.strictSame((await home.ask('GET', '/api/v1/devices')).body, { devices: [] })
})

t.test('refuses in the words of the hosted service once there are tokens', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const { store } = home.server.core
  const token = { name: 'app', scope: 'read', expiresAtMs: null, nowMs: 0 } as const
  const { token: reader } = await createToken(store, token)
  const asReader = { authorization: `Bearer ${reader}` }
  t.match(await home.ask('GET', '/api/v1/devices'), {
    status: 401,
    body: { error: 'Unauthorized' },
  })
  t.equal((await home.ask('GET', '/api/v1/devices', undefined, asReader)).status, 200)
  t.match(await home.ask('POST', `${AT}/away`, { away: true }, asReader), {
    status: 403,
    body: { error: 'Access denied to this device', message: /may only read/ },
  })
})

t.test('says when to try again in the words of the hosted service', async (t) => {
  const once = { atOnce: 1, perMinute: 1 }
  const home = await startHome(t, { commandRate: { own: once, spare: once, shared: once } })
  await home.paired()
  const away = () => home.ask('POST', `${AT}/away`, { away: true }, BEARER)
  const answers = [await away(), await away(), await away()]
  t.match(answers.at(-1), {
    status: 429,
    body: { error: 'Rate limit exceeded', retryAfter: /^\d{4}-\d\d-\d\dT/ },
  })
})
