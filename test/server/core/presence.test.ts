import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { Device } from '../../helpers/device.ts'
import { type Home, ON_POSTGRES, SERIAL, startHome } from '../../helpers/home.ts'

/** A hold of 290 s, and 30 s to come back. */
const SILENT_MS = 320_000
const SOONER = ON_POSTGRES && 'of several servers, another one may have heard of it a minute ago'

const statusOf = async ({ ask }: Home): Promise<JsonObject> =>
  (await ask('GET', `/status?serial=${SERIAL}`)).body

function flips({ server }: Home): [serial: string, isAvailable: boolean][] {
  const seen: [string, boolean][] = []
  server.core.events.on('availabilityChanged', (...flip) => seen.push(flip))
  return seen
}

t.test(
  'a thermostat that is gone is available for one hold and 30 s, and its end is an event',
  { skip: SOONER },
  async (t) => {
    const home = await startHome(t)
    const seen = flips(home)
    const thermostat = await home.paired()
    const heardAtMs = Date.parse(String((await statusOf(home)).last_seen))
    await home.unplug(thermostat)
    home.clock.advance(heardAtMs + SILENT_MS - home.clock.now().wallMs - 1)
    t.match(await statusOf(home), { is_available: true, is_online: true, subscription_count: 0 })
    t.same(seen, [[SERIAL, true]])
    home.clock.advance(1)
    t.same(seen, [
      [SERIAL, true],
      [SERIAL, false],
    ])
    t.match(await statusOf(home), {
      is_available: false,
      is_online: false,
      last_seen: new Date(heardAtMs).toISOString(),
      max_sleep_seconds: 300,
    })
    home.clock.advance(SILENT_MS)
    t.equal(seen.length, 2, 'it is reported once')
  },
)

t.test('one that calls again after each hold stays available, without an event', async (t) => {
  const home = await startHome(t)
  const seen = flips(home)
  const device = new Device(t, home)
  for (let hold = 0; hold < 4; hold++) {
    const wire = await device.hold([])
    home.clock.advance(290_000)
    await wire.ended()
    home.clock.advance(29_000)
  }
  t.same(seen, [[SERIAL, true]])
})

t.test(
  'a push that nobody answers says nothing about the thermostat',
  { skip: SOONER },
  async (t) => {
    const home = await startHome(t)
    const device = new Device(t, home)
    await home.ask('POST', '/api/register', { code: await device.code(), userId: 'anna' })
    const seen = flips(home)
    await (await device.hold([])).head()
    const command = { serial: SERIAL, command: 'set_temperature', value: 21 }
    t.equal((await home.ask('POST', '/command', command)).status, 200)
    home.clock.advance(10_000)
    await home.ask('GET', '/health')
    t.match(await statusOf(home), { is_available: true, subscription_count: 0 })
    t.same(seen, [])
    home.clock.advance(SILENT_MS)
    t.match(await statusOf(home), { is_available: false })
  },
)

t.test('a thermostat that comes back is available at once', async (t) => {
  const home = await startHome(t)
  const seen = flips(home)
  const device = new Device(t, home)
  await device.code()
  home.clock.advance(SILENT_MS)
  await device.code()
  t.same(
    seen.map(([, isAvailable]) => isAvailable),
    [true, false, true],
  )
  home.clock.advance(SILENT_MS)
  t.equal(seen.length, 4, 'and its silence is noticed again')
})
