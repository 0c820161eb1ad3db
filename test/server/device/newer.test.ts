import t, { type Test } from 'tap'
import type { Bucket } from '../../../src/protocol/bucket.ts'
import { Device, type Listed } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import type { Wire } from '../../helpers/wire.ts'

const SHARED = `shared.${SERIAL}`
const DEVICE = `device.${SERIAL}`

/** A thermostat that has put `shared` once, and what it then lists of it. */
async function start(t: Test) {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device.put({
    [SHARED]: {
      target_temperature: 19,
      current_temperature: 20.5,
      target_temperature_type: 'heat',
    },
  })
  const { store } = home.server.core
  const stored = async (key = SHARED): Promise<Bucket> => {
    const bucket = (await store.load(SERIAL)).buckets.get(key)
    if (bucket === undefined) throw new Error(`${key} is not on file`)
    return bucket
  }
  const own = async (over: Partial<Listed> = {}): Promise<Listed> => {
    const { revision, timestamp } = await stored()
    return { key: SHARED, revision, timestamp, ...over }
  }
  /** Everything that one subscribe is answered, from its headers to its end. */
  const answer = async (listed: readonly Listed[]): Promise<Wire> => {
    const wire = await device.hold(listed)
    home.clock.advance(290_000)
    t.equal(await wire.ended(), true)
    return wire
  }
  const warm = (value: number) =>
    home.ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value })
  return { ...home, device, stored, own, answer, warm }
}

t.test('ts = server ts: nothing', async (t) => {
  const { own, answer } = await start(t)
  t.strictSame((await answer([await own()])).chunks, [])
})

t.test('ts < server ts, a change the device lacks: the change and nothing else', async (t) => {
  const { own, answer, warm, clock } = await start(t)
  const old = await own()
  clock.advance(1_000)
  await warm(21)
  const [document] = (await answer([old])).documents
  t.equal(document?.objects.length, 1)
  t.same(Object.keys(document?.objects[0]?.value ?? {}).sort(), [
    'target_change_pending',
    'target_temperature',
    'touched_by',
  ])
})

t.test('D4: a setpoint whose time is over stays where it is, swept or not', async (t) => {
  const { own, answer, warm, clock, ask } = await start(t)
  // A second after one sweep of the server; the next comes when the time has been over for a while.
  clock.advance(1_000)
  const { body } = await warm(21)
  clock.advance(30 * 60_000)
  t.strictSame((await answer([await own()])).chunks, [])
  const { state, parts } = (await ask('GET', `/api/changes/${body.change_id}`)).body
  t.match({ state, parts }, { state: 'expired', parts: [{ sends: 0 }] })
})

t.test('D4: nor does it go out when its time is over while the device comes first', async (t) => {
  const { own, device, warm, clock } = await start(t)
  clock.advance(1_000)
  await warm(21)
  clock.advance(30 * 60_000 - 5_000)
  // What it lists is newer, so the change waits for what it is about to put.
  const held = await device.hold([await own({ timestamp: clock.now().wallMs })])
  clock.advance(20_000)
  // Answered after whatever the server wrote in the same turn.
  await device.get('/nest/passphrase').ended()
  clock.advance(270_000)
  t.equal(await held.ended(), true)
  t.strictSame(held.chunks, [])
})

t.test(
  '0 < ts < server ts, no open change: nothing (its own put moved the timestamp)',
  async (t) => {
    const { own, answer, device, clock } = await start(t)
    const old = await own()
    clock.advance(1_000)
    await device.put({ [SHARED]: { current_temperature: 22 } })
    t.strictSame((await answer([old])).chunks, [])
  },
)

t.test('ts > server ts: keep quiet, the device will put', async (t) => {
  const { own, answer, stored } = await start(t)
  const before = await stored()
  t.strictSame((await answer([await own({ timestamp: START_MS + 5_000 })])).chunks, [])
  t.strictSame(await stored(), before)
})

t.test(
  'ts > server ts with a change waiting: the device speaks first, for 20 seconds',
  async (t) => {
    const { own, device, warm, clock } = await start(t)
    await warm(21)
    const wire = await device.hold([await own({ timestamp: START_MS + 5_000 })])
    clock.advance(19_999)
    await device.get('/nest/ping').ended()
    t.strictSame(wire.chunks, [])
    clock.advance(1)
    const { objects } = await wire.document()
    t.ok((objects[0]?.object_timestamp ?? 0) > START_MS + 5_000, 'S10: or it would be dropped')
  },
)

t.test('ts = 0, no value, data on file: what the server may write', async (t) => {
  const { answer, stored, device, clock } = await start(t)
  await device.put({
    [DEVICE]: { away_temperature_low: 12, current_humidity: 40, eco: { mode: 'manual-eco' } },
  })
  const [document] = (await answer([{ key: SHARED }, { key: DEVICE }])).documents
  const { revision, timestamp } = await stored()
  t.strictSame(document?.objects[0], {
    object_revision: revision,
    object_timestamp: timestamp,
    object_key: SHARED,
    value: { target_temperature: 19, target_temperature_type: 'heat' },
  })
  t.strictSame(
    document?.objects[1]?.value,
    { away_temperature_low: 12 },
    'no sensors, no eco of the past',
  )

  clock.advance(30 * 60_000)
  const later = (await answer([{ key: SHARED }, { key: DEVICE }])).documents
  t.strictSame(
    later.flatMap(({ objects }) => objects.map(({ object_key }) => object_key)),
    [DEVICE],
    'D4: no setpoint of half an hour ago',
  )
})

t.test('ts = 0, nothing on file: asked to upload, once a minute at most', async (t) => {
  const { device, clock } = await start(t)
  const key = `schedule.${SERIAL}`
  const asked = async () => {
    const wire = await device.hold([{ key }])
    clock.advance(3_000)
    if (wire.documents.length > 0) await wire.ended()
    return wire
  }
  const first = await (await device.hold([{ key }])).document()
  t.strictSame(first, {
    objects: [{ object_revision: 0, object_timestamp: 0, object_key: key, value: {} }],
  })
  const silent = await asked()
  const head = silent.raw
  clock.advance(287_000)
  await silent.ended()
  t.equal(silent.raw, `${head}0\r\n\r\n`, 'not again within the minute')
  t.match(await (await device.hold([{ key }])).document(), first, 'but after it')
})

t.test('user and dialog are never asked for: only the server writes them', async (t) => {
  const { answer } = await start(t)
  const wire = await answer([{ key: 'user.somebody' }, { key: `device_alert_dialog.${SERIAL}` }])
  t.strictSame(wire.chunks, [])
})

t.test('ts = 0, rev = 0, a value: taken like a put, without receipt or echo', async (t) => {
  const { answer, stored, clock } = await start(t)
  clock.advance(1_000)
  const wire = await answer([{ key: SHARED, value: { current_temperature: 23 } }])
  t.strictSame(wire.chunks, [])
  t.match(await stored(), {
    revision: 2,
    timestamp: START_MS + 1_000,
    value: { target_temperature: 19, current_temperature: 23 },
  })
  const first = await answer([{ key: 'tou.abc', value: { rate: 1 } }])
  t.strictSame(first.chunks, [])
  t.match(
    await stored('tou.abc'),
    { revision: 1, value: { rate: 1 } },
    'also where nothing was on file',
  )
})

t.test(
  'ts > server ts, a value: merged under the revision and timestamp of the device',
  async (t) => {
    const { own, answer, stored } = await start(t)
    const wire = await answer([
      await own({ revision: 40, timestamp: START_MS + 7_000, value: { target_temperature: 18 } }),
    ])
    t.strictSame(wire.chunks, [])
    t.match(await stored(), {
      revision: 40,
      timestamp: START_MS + 7_000,
      value: { target_temperature: 18, current_temperature: 20.5 },
    })
  },
)

t.test('0 < ts ≤ server ts, a value: older than what is on file, so nothing', async (t) => {
  const { own, answer, stored } = await start(t)
  const before = await stored()
  const wire = await answer([await own({ value: { target_temperature: 18 } })])
  t.strictSame(wire.chunks, [])
  t.strictSame(await stored(), before)
})

t.test('U7: what a device lists of another thermostat is not looked at', async (t) => {
  const { answer, server } = await start(t)
  const other = '09AA01AB12345678'
  const wire = await answer([
    { key: `shared.${other}` },
    { key: `device.${other}`, value: { current_humidity: 1 } },
    { key: 'not a key' },
  ])
  t.strictSame(wire.chunks, [])
  t.strictSame(
    (await server.core.store.bucketSummaries()).map(
      ({ serial, objectKey }) => `${serial} ${objectKey}`,
    ),
    [`${SERIAL} ${SHARED}`],
  )
  t.equal((await server.core.store.load(other)).device, undefined)
})

t.test('S10: timestamps grow although the clock runs backwards', async (t) => {
  const { clock, device, stored, answer } = await start(t)
  const seen = [(await stored()).timestamp]
  for (const wallOffsetMs of [-3_600_000, -56 * 365 * 86_400_000, 10 * 365 * 86_400_000, 0]) {
    clock.wallOffsetMs = wallOffsetMs
    clock.advance(1_000)
    await device.put({ [SHARED]: { current_temperature: seen.length } })
    seen.push((await stored()).timestamp)
  }
  t.strictSame(
    [...seen].sort((a, b) => a - b),
    seen,
  )
  t.equal(new Set(seen).size, seen.length)
  t.strictSame(
    (await answer([{ key: SHARED, timestamp: seen.at(-1) ?? 0, revision: 9 }])).chunks,
    [],
  )
})
