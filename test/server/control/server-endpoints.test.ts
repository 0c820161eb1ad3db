import { PassThrough } from 'node:stream'
import t from 'tap'
import { makeLogger } from '../../../src/server/core/logger.ts'
import { RecentLog } from '../../../src/server/core/recent-log.ts'
import { VERSION } from '../../../src/version.ts'
import { ON_POSTGRES, SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'

const SPARE = '02AA01AC99999999'

t.test('GET /health names the server and its version', async (t) => {
  const { ask } = await startHome(t)
  t.match(await ask('GET', '/health'), { status: 200, body: { status: 'ok', version: VERSION } })
})

t.test('GET /api/stats counts thermostats and connections', async (t) => {
  const { ask, clock, paired, thermostat, unplug, server } = await startHome(t)
  t.same((await ask('GET', '/api/stats')).body, {
    devices: { total: 0, available: 0, serials: [] },
    subscriptions: { total_subscriptions: 0, devices_with_subscriptions: 0 },
    availability: {},
  })
  await paired()
  await unplug(await thermostat({ serial: SPARE }))
  clock.advance(120_000)
  // Its hold has ended with the push of the pairing: it subscribes again.
  while (server.core.subscriptions.count(SERIAL) === 0) {
    clock.advance(1_000)
    await ask('GET', '/health')
  }
  const { body } = await ask('GET', '/api/stats')
  t.match(body, {
    devices: { total: 2, available: 2, serials: [SERIAL, SPARE] },
    subscriptions: { total_subscriptions: 1, devices_with_subscriptions: 1 },
  })
  // Longer than a hold and a half: a thermostat that is not connected by then is unavailable.
  clock.advance(400_000)
  const { availability } = (await ask('GET', '/api/stats')).body
  t.match(availability, {
    [SPARE]: { is_available: false, last_seen: new Date(START_MS + 1000).toISOString() },
  })
})

t.test('GET /api/config answers the addresses to enter, and no secrets', async (t) => {
  const config = { apiOrigin: 'http://192.168.1.5:8000', entryKeyTtlS: 7200 }
  const { ask } = await startHome(t, { config })
  t.same((await ask('GET', '/api/config')).body, {
    api_origin: 'http://192.168.1.5:8000',
    cloudregisterurl: 'http://192.168.1.5:8000/entry',
    require_device_pairing: false,
    entry_key_ttl_seconds: 7200,
  })
})

t.test('GET /api/schedule answers the week, a pending one included (D7)', async (t) => {
  const { ask, paired, unplug } = await startHome(t)
  const thermostat = await paired()
  const { status, body } = await ask('GET', `/api/schedule?serial=${SERIAL}`)
  t.equal(status, 200)
  t.equal(body.serial, SERIAL)
  t.same(body.schedule, thermostat.value('schedule'))
  t.type(body.object_revision, 'number')
  t.type(body.object_timestamp, 'number')
  await unplug(thermostat)
  await ask('POST', '/command', { serial: SERIAL, command: 'set_schedule', value: { days: {} } })
  t.match((await ask('GET', `/api/schedule?serial=${SERIAL}`)).body, { schedule: { days: {} } })
})

t.test('GET /api/schedule answers null for a thermostat without a schedule', async (t) => {
  const { ask, server } = await startHome(t)
  const headers = { 'X-nl-device-id': SERIAL }
  await fetch(`${server.deviceUrl}/nest/passphrase`, { headers })
  t.same((await ask('GET', `/api/schedule?serial=${SERIAL}`)).body, {
    serial: SERIAL,
    schedule: null,
    object_revision: 0,
    object_timestamp: 0,
  })
})

t.test('/status and /api/schedule need the serial of a thermostat on file', async (t) => {
  const { ask } = await startHome(t)
  for (const path of ['/status', '/api/schedule', '/api/device-settings']) {
    for (const query of ['', '?serial=', '?serial=%20']) {
      t.match(await ask('GET', path + query), {
        status: 400,
        body: { error: 'Serial parameter required' },
      })
    }
    for (const query of [`?serial=${SERIAL}`, '?serial=nonsense', `?serial=${'A'.repeat(5000)}`]) {
      t.match(await ask('GET', path + query), {
        status: 404,
        body: { error: 'Device not found' },
      })
    }
  }
})

const LOGS_JOBS = ON_POSTGRES && 'a server that takes a job says so at any time'

t.test(
  'GET /api/log gives the owner what the log has written last',
  { skip: LOGS_JOBS },
  async (t) => {
    const recentLog = new RecentLog()
    const out = new PassThrough().resume()
    const clock = { nowMs: () => START_MS, level: 'info', format: 'json', color: true } as const
    const log = makeLogger(out, { ...clock, recent: recentLog })
    const { ask, askHere } = await startHome(t, { log, recentLog })
    log.debug('nobody asked for this')
    log.info('first', { serial: SERIAL })
    log.warn('no answer', { url: 'http://me:hunter2@host/', name: 'a\u001b[31m\nb' })
    t.equal((await ask('GET', '/api/log')).status, 401, 'it is nobody else’s')
    const { lines } = (await askHere('GET', '/api/log')).body
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /
    const [first = '', second = ''] = (lines as string[]).slice(-2)
    t.match(first, time)
    t.equal(first.replace(time, ''), `first serial=${SERIAL}`)
    t.match(second, /warn: no answer url=http:\/\/\S+@host\/ name="a\\u001b\[31m\\nb"$/)
    t.notMatch(second, 'hunter2')
    t.same((await askHere('GET', '/api/log?limit=1')).body, { lines: [second] })
    t.equal((await askHere('GET', '/api/log?limit=0')).status, 400)
  },
)

t.test('GET /api/device-settings answers the settings, a pending one included (D7)', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired()
  const path = `/api/device-settings?serial=${SERIAL}`
  const before = await ask('GET', path)
  t.equal(before.status, 200)
  t.match(before.body, {
    serial: SERIAL,
    settings: { learning_mode: true, away_temperature_low: 16 },
  })
  const value = { learning_mode: false, temperature_lock_pin_hash: 'a1b2' }
  await ask('POST', '/command', { serial: SERIAL, command: 'set_device_setting', value })
  const { settings } = (await ask('GET', path)).body as { settings: Record<string, unknown> }
  t.equal(settings.learning_mode, false)
  t.notOk(Object.hasOwn(settings, 'temperature_lock_pin_hash'), 'the hash of a PIN is a secret')
})
