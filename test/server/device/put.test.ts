import t, { type Test } from 'tap'
import {
  MAX_BUCKETS_PER_DEVICE,
  MAX_TOTAL_LENGTH,
} from '../../../src/protocol/transport/bucket-room.ts'
import { type LogFields, silentLogger } from '../../../src/server/core/logger.ts'
import { openForReading } from '../../../src/store/open.ts'
import { Device, type Listed } from '../../helpers/device.ts'
import { refuseBucket } from '../../helpers/failing-disk.ts'
import { LOOKS_INTO_FILE, SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'

const SHARED = `shared.${SERIAL}`
const DEVICE = `device.${SERIAL}`
const SCHEDULE = `schedule.${SERIAL}`

interface Receipts {
  readonly objects: readonly {
    readonly object_revision: number
    readonly object_timestamp: number
    readonly object_key: string
  }[]
}

async function start(t: Test) {
  const home = await startHome(t)
  const device = new Device(t, home)
  const { store } = home.server.core
  const buckets = async () => (await store.load(SERIAL)).buckets
  const value = async (key: string) => (await buckets()).get(key)?.value
  const put = async (buckets: Readonly<Record<string, object>>) =>
    (await device.put(buckets)) as Receipts
  const command = (name: string, setting: unknown) =>
    home.ask('POST', '/command', { serial: SERIAL, command: name, value: setting })
  return { ...home, device, store, buckets, value, put, command }
}

t.test('U1, U5: both forms are stored, and answered by receipts without values', async (t) => {
  const { device, value, clock } = await start(t)
  const list = device.post('/nest/transport/put', {
    session: 's',
    objects: [
      { object_key: SHARED, base_object_revision: 0, value: { target_temperature: 19 } },
      { object_key: DEVICE, value: { current_humidity: 40 } },
    ],
  })
  t.equal((await list.head()).status, 200)
  t.equal((await list.head()).headers['content-type'], 'application/json; charset=utf-8')
  t.strictSame(await list.json(), {
    objects: [
      { object_revision: 1, object_timestamp: START_MS, object_key: SHARED },
      { object_revision: 1, object_timestamp: START_MS, object_key: DEVICE },
    ],
  })
  clock.advance(1_000)
  const keyed = device.post('/nest/transport/put', {
    session: 's',
    [SHARED]: { object_key: SHARED, base_object_revision: 1, target_temperature: 20 },
  })
  t.strictSame(await keyed.json(), {
    objects: [{ object_revision: 2, object_timestamp: START_MS + 1_000, object_key: SHARED }],
  })
  t.match(
    keyed.chunks.join(''),
    /^\{"objects":\[\{"object_revision":2,"object_timestamp":\d+,"object_key":"[^"]+"\}\]\}$/,
  )
  t.strictSame(await value(SHARED), { target_temperature: 20 }, 'the envelope is no field')
  t.strictSame(await value(DEVICE), { current_humidity: 40 })
})

t.test('U2: a shallow merge, but a schedule is replaced whole', async (t) => {
  const { put, value } = await start(t)
  await put({
    [SHARED]: { a: 1, deep: { x: 1, y: 2 } },
    [SCHEDULE]: { ver: 2, days: { 0: {}, 1: {} } },
  })
  await put({ [SHARED]: { b: 2, deep: { x: 3 } }, [SCHEDULE]: { ver: 2, days: { 0: {} } } })
  t.strictSame(await value(SHARED), { a: 1, deep: { x: 3 }, b: 2 })
  t.strictSame(await value(SCHEDULE), { ver: 2, days: { 0: {} } })
})

t.test('U3: a version moves only when a value really changed', async (t) => {
  const { put, clock } = await start(t)
  const first = await put({ [SHARED]: { a: 1, deep: { x: 1, y: [1, 2] } } })
  clock.advance(1_000)
  t.strictSame(await put({ [SHARED]: { deep: { y: [1, 2], x: 1 } } }), first)
  t.strictSame(await put({ [SHARED]: {} }), first)
  t.match(await put({ [SHARED]: { a: 2 } }), {
    objects: [{ object_revision: 2, object_timestamp: START_MS + 1_000 }],
  })
})

t.test('U4: a condition that fails keeps that bucket, and the others are written', async (t) => {
  const { device, put, value, clock } = await start(t)
  await put({ [SHARED]: { a: 1 }, [DEVICE]: { a: 1 } })
  clock.advance(1_000)
  const receipts = await device
    .post('/nest/transport/put', {
      objects: [
        { object_key: SHARED, if_object_revision: 7, value: { a: 2 } },
        { object_key: DEVICE, if_object_revision: 1, value: { a: 2 } },
      ],
    })
    .json()
  t.strictSame(receipts, {
    objects: [
      { object_revision: 1, object_timestamp: START_MS, object_key: SHARED },
      { object_revision: 2, object_timestamp: START_MS + 1_000, object_key: DEVICE },
    ],
  })
  t.strictSame([await value(SHARED), await value(DEVICE)], [{ a: 1 }, { a: 2 }])
})

t.test('U5: a put is never pushed on what the device holds, nor answered with more', async (t) => {
  const { device, put, clock } = await start(t)
  await put({ [SHARED]: { target_temperature: 19 }, [DEVICE]: { current_humidity: 40 } })
  const listed: Listed[] = [
    { key: SHARED, revision: 1, timestamp: START_MS },
    { key: DEVICE, revision: 1, timestamp: START_MS },
  ]
  const wire = await device.hold(listed)
  const head = wire.raw
  for (let i = 0; i < 20; i++) {
    clock.advance(1_000)
    const { objects } = await put({ [SHARED]: { target_temperature: 20 + i } })
    t.strictSame(objects, [
      { object_revision: 2 + i, object_timestamp: START_MS + 1_000 * (i + 1), object_key: SHARED },
    ])
  }
  clock.advance(290_000)
  await wire.ended()
  t.equal(wire.raw, `${head}0\r\n\r\n`)
})

t.test(
  'U6: a receipt leaves only after the data is on disk',
  { skip: LOOKS_INTO_FILE },
  async (t) => {
    const { put, databasePath } = await start(t)
    for (let i = 1; i <= 5; i++) {
      await put({ [SHARED]: { target_temperature: i } })
      // Another connection sees what is committed, and nothing else.
      const reader = openForReading(databasePath, START_MS)
      const { buckets } = await reader.load(SERIAL)
      t.equal(buckets.get(SHARED)?.value.target_temperature, i)
      reader.close()
    }
  },
)

t.test('U6: what cannot be written is not acknowledged', { skip: LOOKS_INTO_FILE }, async (t) => {
  const { device, store, value } = await start(t)
  const makeRoom = refuseBucket(store, SHARED)
  const wire = device.post('/nest/transport/put', { [SHARED]: { target_temperature: 19 } })
  t.equal((await wire.head()).status, 503, 'a thermostat tries 5xx again')
  t.match(await wire.json(), { error: /disk is full/ })
  makeRoom()
  t.equal(await value(SHARED), undefined)
})

t.test('U7: no device touches what is another’s, and gets no receipt for it', async (t) => {
  const { put, store } = await start(t)
  const other = '09AA01AB12345678'
  const mine = SERIAL.toLowerCase()
  const { objects } = await put({
    [`shared.${other}`]: { target_temperature: 30 },
    [`device.${other}`]: { x: 1 },
    [`schedule.${other}`]: { days: {} },
    [`diagnostics.${other}`]: { x: 1 },
    'no key at all': { x: 1 },
    'Shared.x': { x: 1 },
    [`shared.${mine}`]: { target_temperature: 19 },
    'structure.abc': { name: 'x' },
    'tou.abc': { x: 1 },
    'something_new.abc': { x: 1 },
  })
  t.strictSame(
    objects.map(({ object_key }) => object_key),
    [SHARED, 'structure.abc', 'tou.abc', 'something_new.abc'],
  )
  t.equal((await store.load(other)).device, undefined)
  const serials = (await store.bucketSummaries()).map(({ serial }) => serial)
  t.strictSame([...new Set(serials)], [SERIAL])
})

t.test('U7: who tries it again and again is logged once, and not at length', async (t) => {
  const warned: LogFields[] = []
  const log = { ...silentLogger, warn: (_: string, fields: LogFields = {}) => warned.push(fields) }
  const device = new Device(t, await startHome(t, { log }))
  const foreign = Array.from({ length: 100 }, (_, n) => [`device.02AA01AC${n + 10_000_000}`, {}])
  for (let i = 0; i < 5; i++) await device.put(Object.fromEntries(foreign))
  t.equal(warned.length, 1)
  t.match(warned[0], { serial: SERIAL, keys: /^.{200}$/ })
})

t.test('U7: the bucket that keeps it paired is the server’s alone', async (t) => {
  const { put, value, device, ask } = await start(t)
  await ask('POST', '/api/register', { code: await device.code(), userId: 'homeassistant' })
  await put({ 'user.homeassistant': { name: 'mallory', extra: 1 } })
  t.strictSame(await value('user.homeassistant'), { name: 'homeassistant' })
})

t.test(
  'U8: target_change_pending goes to true by a command alone, and false always wins',
  async (t) => {
    const { put, value, command } = await start(t)
    const pending = async () => (await value(SHARED))?.target_change_pending
    await put({ [SHARED]: { target_temperature: 19, target_change_pending: true } })
    t.equal(await pending(), undefined)
    await command('set_temperature', 21)
    await put({ [SHARED]: { target_temperature: 21, target_change_pending: false } })
    t.equal(await pending(), false)
    await put({ [SHARED]: { target_change_pending: true } })
    t.equal(await pending(), false)
  },
)

t.test(
  'U9: leaving eco by the dial after the command ends the away that was commanded',
  async (t) => {
    const { put, value, command, device, ask, clock } = await start(t)
    await ask('POST', '/api/register', { code: await device.code(), userId: 'homeassistant' })
    await put({ [DEVICE]: { eco: { mode: 'schedule', mode_update_timestamp: 1 } } })
    await command('set_away', true)
    const first = await (await device.hold()).document()
    const structure = first.objects.find(({ object_key }) => object_key === 'structure.default')
    t.match(structure?.value, { manual_eco_all: true, manual_eco_timestamp: START_MS / 1000 })
    const { object_revision: revision, object_timestamp: timestamp } = structure ?? {}
    const shows: Listed[] =
      revision === undefined || timestamp === undefined
        ? []
        : [{ key: 'structure.default', revision, timestamp }]
    clock.advance(10_000)
    await device.hold(shows)
    t.match(await value('structure.default'), { manual_eco_all: true }, 'it has the command')
    const leaves = (atS: number) =>
      put({ [DEVICE]: { eco: { mode: 'schedule', mode_update_timestamp: atS } } })
    await leaves(START_MS / 1000 - 5)
    t.match(
      await value('structure.default'),
      { manual_eco_all: true },
      'an older report does not count',
    )
    await leaves(START_MS / 1000 + 5)
    t.match(await value('structure.default'), { manual_eco_all: false })
    const { body } = await ask('GET', `/status?serial=${SERIAL}`)
    t.equal(body.away, false)
  },
)

t.test('a thermostat may have so many buckets, and what is over the limit is undone', async (t) => {
  const { device, buckets } = await start(t)
  const objects = (from: number, to: number, name: string) =>
    Array.from({ length: to - from }, (_, n) => ({
      object_key: `where.${from + n}`,
      value: { name },
    }))
  const put = async (body: readonly object[]) =>
    (await device.post('/nest/transport/put', { session: 's', objects: body }).head()).status
  t.equal(await put(objects(0, MAX_BUCKETS_PER_DEVICE, 'first')), 200)
  t.equal(await put(objects(MAX_BUCKETS_PER_DEVICE - 1, MAX_BUCKETS_PER_DEVICE + 1, 'more')), 413)
  const stored = await buckets()
  t.equal(stored.size, MAX_BUCKETS_PER_DEVICE)
  t.strictSame(stored.get('where.255')?.value, { name: 'first' })
  t.equal(await put(objects(0, 1, 'again')), 200, 'those on file may change')
})

t.test('all buckets of a thermostat together may have so many bytes', async (t) => {
  const { device, store, ask } = await start(t)
  await ask('POST', '/api/register', { code: await device.code(), userId: 'homeassistant' })
  const put = async (key: string, length: number) => {
    const objects = [{ object_key: key, value: { text: 'x'.repeat(length) } }]
    return (await device.post('/nest/transport/put', { session: 's', objects }).head()).status
  }
  const large = 200 * 1024
  for (let n = 0; n < 5; n++) t.equal(await put(`where.${n}`, large), 200)
  t.equal(await put('where.5', large), 413, 'one more')
  t.equal(await put('where.4', large + 50 * 1024), 413, 'one that grows')
  const sizes = (await store.bucketSummaries(SERIAL)).map(({ size }) => size)
  t.ok(sizes.reduce((sum, size) => sum + size, 0) <= MAX_TOTAL_LENGTH)
  t.equal(await put('where.4', 100), 200, 'one may shrink')
  t.equal(await put('where.5', 100 * 1024), 200, 'and leaves room')
})

t.test(
  'a put whose thermostat hung up before it was decided on is dropped: it sends it again',
  async (t) => {
    const { device, value, store, put } = await start(t)
    await put({ [SHARED]: { target_temperature: 19 } })
    // An engine may decide later: where several servers share a database, after a pause of this one.
    const decide = store.decide.bind(store)
    const asked = new Promise<() => void>((resolve) => {
      store.decide = (...decision) => resolve(() => decide(...decision))
    })
    const wire = device.post('/nest/transport/put', {
      session: 's',
      [SHARED]: { object_key: SHARED, target_temperature: 20 },
    })
    const goOn = await asked
    store.decide = decide
    wire.hangUp()
    await wire.whenClosed()
    // Once it has answered another request, the server has heard of it.
    await put({ [DEVICE]: { current_humidity: 40 } })
    goOn()
    await put({ [DEVICE]: { current_humidity: 41 } })
    t.match(await value(SHARED), { target_temperature: 19 })
  },
)
