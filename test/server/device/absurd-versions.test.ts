import t from 'tap'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'

const SHARED = `shared.${SERIAL}`
const SET = { serial: SERIAL, command: 'set_temperature', value: 21 }

for (const [name, revision, timestamp] of [
  ['the last instant that JavaScript knows', 8.64e15, 8.64e15],
  ['the year 2100', 2 ** 31, Date.UTC(2100, 0)],
  ['1970, on a clock that was never set', 5, 86_400_000],
] as const) {
  t.test(`S10, D1: a thermostat that dates its data at ${name} spoils nothing`, async (t) => {
    const home = await startHome(t)
    const device = new Device(t, home)
    const value = { target_temperature: 19 }
    const held = await device.hold([{ key: SHARED, revision, timestamp, value }])
    const { store } = home.server.core
    const stored = async () => (await store.load(SERIAL)).buckets.get(SHARED)
    const bucket = await stored()
    t.match(bucket?.value, value, 'what it says is kept')
    t.ok((bucket?.timestamp ?? 0) <= START_MS + 1_000)
    t.ok((bucket?.revision ?? 0) < 2 ** 31)

    await home.ask('POST', '/command', SET)
    const [pushed] = (await held.document()).objects
    t.match(pushed, { value: { target_temperature: 21 } })
    const back = {
      revision: pushed?.object_revision ?? 0,
      timestamp: pushed?.object_timestamp ?? 0,
    }
    t.ok(back.timestamp >= START_MS && back.timestamp < START_MS + 60_000)
    await device.hold([{ key: SHARED, ...back }])
    t.match(await store.recentCommands(SERIAL, 1), [[{ state: 'confirmed' }]])

    const { objects } = (await device.put({
      [SHARED]: { object_key: SHARED, if_object_revision: back.revision, target_temperature: 22 },
    })) as { objects: { object_revision: number; object_timestamp: number }[] }
    t.equal(objects[0]?.object_revision, back.revision + 1, 'U4')
    t.match((await stored())?.value, { target_temperature: 22 })
  })
}
