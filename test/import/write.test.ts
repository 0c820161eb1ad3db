import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ImportPlan } from '../../src/import/import-plan.ts'
import { prepareImport } from '../../src/import/write.ts'
import { claimedKeyOf, openKeyOf } from '../../src/protocol/thermostat/state.ts'
import { StoreLock } from '../../src/store/sqlite/lock.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { MQTT, type Store } from '../../src/store/store.ts'
import { decide, meet, putBucket } from '../helpers/seed-store.ts'
import { ExistingDatabase } from '../store/sqlite/existing-database.ts'

const SERIAL = '02AA01AC0000000001'
const NOW_MS = 1_760_000_000_000
const NOW = { wallMs: NOW_MS, steadyMs: NOW_MS }
const HOUR_MS = 3_600_000

function open(path: string): Store {
  return new SqliteStore(path, { nowMs: NOW_MS })
}

async function apply(source: ExistingDatabase): Promise<ImportPlan> {
  const prepared = await prepareImport(source.path, source.target, NOW)
  return prepared.apply()
}

t.test('a paired thermostat comes with keys, revisions, timestamps and owner', async (t) => {
  const source = new ExistingDatabase(t)
    .state(SERIAL, `shared.${SERIAL}`, 41, 1_700_000_000_001, { target_temperature: 20.5 })
    .state(SERIAL, 'structure.abc', -23_671, 1_700_000_000_002, { name: 'Home', devices: [SERIAL] })
    .state(SERIAL, 'user.homeassistant', 2, 1_700_000_000_003, { name: 'homeassistant' })
    .user('homeassistant', 'homeassistant@local', 1_690_000_000_000)
    .owner(SERIAL, 'homeassistant', 1_690_000_000_001)
  const { target } = source
  await apply(source)
  const store = open(target)
  t.teardown(() => store.close())
  const { buckets, owner, device } = await store.load(SERIAL)
  t.match(buckets.get(`shared.${SERIAL}`), {
    objectKey: `shared.${SERIAL}`,
    revision: 41,
    timestamp: 1_700_000_000_001,
  })
  t.strictSame(buckets.get(`shared.${SERIAL}`)?.value, { target_temperature: 20.5 })
  t.equal(buckets.get('structure.abc')?.revision, -23_671)
  t.strictSame(
    [...buckets.values()].map(({ objectKey, timestamp }) => [objectKey, timestamp]),
    [
      [`shared.${SERIAL}`, 1_700_000_000_001],
      ['structure.abc', 1_700_000_000_002],
      ['user.homeassistant', 1_700_000_000_003],
    ],
  )
  t.match(owner, { userId: 'homeassistant', createdAtMs: 1_690_000_000_001 })
  t.match(device, {
    structureKey: 'structure.abc',
    lastSeenAtMs: 1_700_000_000_003,
  })
})

t.test('looking changes nothing, neither there nor here', async (t) => {
  const source = new ExistingDatabase(t).state(SERIAL, `shared.${SERIAL}`, 1, 1, {})
  const before = readFileSync(source.path)
  const target = join(source.target, '..', 'deep', 'nle.sqlite')
  const { plan } = await prepareImport(source.path, target, NOW)
  t.equal(plan.devices.length, 1)
  t.notOk(existsSync(target))
  t.ok(before.equals(readFileSync(source.path)))
})

t.test('what the other server has only just written is seen, while it still serves', async (t) => {
  const source = new ExistingDatabase(t).state(SERIAL, `shared.${SERIAL}`, 1, 5, {})
  source.db.exec('BEGIN IMMEDIATE')
  source.db.prepare('UPDATE states SET object_timestamp = 9').run()
  const { target } = source
  const timestamp = async () => {
    const { plan } = await prepareImport(source.path, target, NOW)
    return plan.devices[0]?.buckets[0]?.timestamp
  }
  t.equal(await timestamp(), 5, 'not what is not committed')
  source.db.exec('COMMIT')
  t.equal(await timestamp(), 9)
})

t.test('a second import brings nothing, and never takes back what nle has since', async (t) => {
  const source = new ExistingDatabase(t)
    .state(SERIAL, `shared.${SERIAL}`, 4, 1000, { target_temperature: 20, name: 'Hall' })
    .owner(SERIAL, 'homeassistant', 1)
  const { target } = source
  await apply(source)
  const store = open(target)
  const value = { target_temperature: 23, name: 'Hall' }
  await putBucket(store, SERIAL, `shared.${SERIAL}`, value, { revision: 5, timestamp: 2000 })
  store.close()
  const { plan } = await prepareImport(source.path, target, NOW)
  t.strictSame(plan.devices, [])
  t.match(plan.left, [{ table: 'states', rows: 1, reason: /as new or newer/ }])
})

t.test('fields nle has not heard of yet are filled in under its own version', async (t) => {
  const source = new ExistingDatabase(t).state(SERIAL, `shared.${SERIAL}`, 4, 1000, {
    target_temperature: 20,
    can_cool: false,
  })
  const { target } = source
  const store = open(target)
  const value = { target_temperature: 23 }
  await putBucket(store, SERIAL, `shared.${SERIAL}`, value, { revision: 1, timestamp: 2000 })
  store.close()
  await apply(source)
  const after = open(target)
  t.teardown(() => after.close())
  const bucket = (await after.load(SERIAL)).buckets.get(`shared.${SERIAL}`)
  t.match(bucket, { objectKey: `shared.${SERIAL}`, revision: 1, timestamp: 2000 })
  t.strictSame(bucket?.value, { target_temperature: 23, can_cool: false })
})

t.test('an owner nle knows is not replaced', async (t) => {
  const source = new ExistingDatabase(t).owner(SERIAL, 'them', 1)
  const { target } = source
  const store = open(target)
  await meet(store, SERIAL, NOW_MS)
  await decide(store, SERIAL, (draft) => draft.setOwner({ userId: 'us', createdAtMs: NOW_MS }))
  store.close()
  await apply(source)
  const after = open(target)
  t.teardown(() => after.close())
  t.equal((await after.load(SERIAL)).owner?.userId, 'us')
})

t.test('open codes go on, the last claim is remembered, the rest stays', async (t) => {
  const created = NOW_MS - HOUR_MS / 2
  const source = new ExistingDatabase(t)
    .key('AAA1111', SERIAL, { created, expires: NOW_MS + HOUR_MS })
    .key('bbb2222', SERIAL, { created, expires: NOW_MS - 1 })
    .key('CCC3333', SERIAL, { created: 1, expires: 2, claimed: 10 }, 'homeassistant')
    .key('DDD4444', SERIAL, { created: 1, expires: 2, claimed: 20 }, 'homeassistant')
    .key('short', SERIAL, { created, expires: NOW_MS + HOUR_MS })
  const { target } = source
  const { left } = await apply(source)
  const store = open(target)
  t.teardown(() => store.close())
  const state = await store.load(SERIAL)
  t.match(openKeyOf(state, NOW_MS), {
    code: 'AAA1111',
    expiresAtSteadyMs: NOW_MS + HOUR_MS,
  })
  t.match(claimedKeyOf(state), { code: 'DDD4444', claimedAtMs: 20 })
  t.equal(await store.keyByCode('CCC3333'), undefined)
  t.strictSame(
    left.map(({ table, rows }) => [table, rows]),
    [
      ['entryKeys', 1],
      ['entryKeys', 1],
      ['entryKeys', 1],
    ],
  )
})

t.test(
  'what is no thermostat, no bucket or no JSON object stays, each with its reason',
  async (t) => {
    const source = new ExistingDatabase(t)
      .state('mac_alias.18b430a1b2c3', 'mac_alias.18b430a1b2c3', 1, 1, { serial: SERIAL })
      .state('18B430A1B2C3', 'shared.18B430A1B2C3', 1, 1, {})
      .state('x', 'shared.x', 1, 1, {})
      .state(SERIAL, 'shared.02AA01AC0000000002', 1, 1, {})
      .state(SERIAL, `shared.${SERIAL}`, 1, 1, 'not JSON')
      .state(SERIAL, `device.${SERIAL}`, 1, 1, '[1]')
      .owner(SERIAL, 'two\nlines', 1)
    const { plan } = await prepareImport(source.path, source.target, NOW)
    t.match(
      plan.left.map(({ table, rows, reason }) => `${table} ${rows} ${reason}`),
      [
        'states 2 filed under a MAC address, not under a thermostat',
        'states 1 no valid serial',
        'deviceOwners 1 not a user id: 1 to 64 characters, without control characters',
        'states 1 not a bucket of the thermostat it is filed under',
        'states 2 the value is not a JSON object',
      ],
    )
  },
)

t.test(
  'serials and keys in lower case, and rows that are doubled, become one bucket',
  async (t) => {
    const lower = SERIAL.toLowerCase()
    const source = new ExistingDatabase(t)
      .state(SERIAL, `schedule.${SERIAL}`, 7, 100, { ver: 2, days: {} })
      .state(lower, `schedule.${lower}`, 8, 200, { ver: 2, days: { '0': {} } })
    const { plan } = await prepareImport(source.path, source.target, NOW)
    t.match(plan.devices, [{ serial: SERIAL, buckets: [{ revision: 8, timestamp: 200 }] }])
    t.equal(plan.devices[0]?.buckets.length, 1)
  },
)

t.test('P10: an owner of any name comes along', async (t) => {
  const owner = 'Anna M\u00fcller'
  const source = new ExistingDatabase(t)
    .state(SERIAL, `user.${owner}`, 2, 1000, { name: owner })
    .user(owner, 'anna@local', 1)
    .owner(SERIAL, owner, 1)
  const { plan } = await prepareImport(source.path, source.target, NOW)
  t.match(plan.users, [{ userId: owner }])
  t.match(plan.devices, [{ owner: { userId: owner }, buckets: [{ objectKey: `user.${owner}` }] }])
  t.strictSame(plan.left, [])
})

t.test('a user bucket without a name gets one, newer than what the thermostat has', async (t) => {
  const source = new ExistingDatabase(t)
    .state(SERIAL, 'user.homeassistant', 1, 1000, { name: '', email: 'a@b' })
    .owner(SERIAL, 'homeassistant', 1)
  const { plan } = await prepareImport(source.path, source.target, NOW)
  t.match(plan.devices[0]?.buckets, [
    { revision: 2, timestamp: NOW_MS, value: { name: 'homeassistant', email: 'a@b' } },
  ])
})

t.test('the broker comes along, with the topics that dashboards hang on', async (t) => {
  const source = new ExistingDatabase(t)
    .integration('a', 'mqtt', { brokerUrl: 'mqtt://old' }, 1, 1)
    .integration('b', 'mqtt', { brokerUrl: 'mqtt://nas', username: 'u', password: 'p' }, 1, 2)
    .integration('c', 'mqtt', { brokerUrl: 'mqtt://off' }, 0, 3)
    .integration('d', 'mqtt', '{', 1, 4)
    .integration('e', 'mqtt', { brokerUrl: 'http://a secret' }, 1, 5)
    .integration('f', 'webhook', {})
  const { target } = source
  const { left } = await apply(source)
  const store = open(target)
  t.teardown(() => store.close())
  t.strictSame(await store.integration(MQTT), {
    url: 'mqtt://nas:1883',
    username: 'u',
    password: 'p',
    topicPrefix: 'nest',
    homeAssistantDiscovery: false,
  })
  t.match(
    left.map(({ table, reason }) => `${table}: ${reason}`),
    [
      /integrations: brokerUrl: it has to be a host/,
      'integrations: the configuration is not a JSON object',
      'integrations: switched off',
      'integrations: nle knows one MQTT broker',
      'integrations: nle does not know this integration',
    ],
  )
  t.notMatch(JSON.stringify(left), /a secret/)
})

t.test('a broker that nle has is not replaced', async (t) => {
  const source = new ExistingDatabase(t).integration('a', 'mqtt', { brokerUrl: 'mqtt://theirs' })
  const before = open(source.target)
  await before.setIntegration(MQTT, { url: 'mqtt://ours:1883' }, 1)
  before.close()
  const { broker, left } = await apply(source)
  t.equal(broker, undefined)
  t.match(left, [{ table: 'integrations', reason: /set already/ }])
  const after = open(source.target)
  t.teardown(() => after.close())
  t.match(await after.integration(MQTT), { url: 'mqtt://ours:1883' })
})

t.test('missing tables and columns, and unknown ones, are no trouble', async (t) => {
  const source = new ExistingDatabase(
    t,
    `CREATE TABLE states (object_key TEXT, serial TEXT, value TEXT, colour TEXT);
     CREATE TABLE weather (postalCode TEXT); INSERT INTO weather VALUES ('94304');
     CREATE TABLE "odd ""name" (x); INSERT INTO "odd ""name" VALUES (1), (2);
     INSERT INTO states VALUES ('shared.${SERIAL}', '${SERIAL}', '{"name":"Hall"}', 'red');`,
  )
  const { plan } = await prepareImport(source.path, source.target, NOW)
  t.match(plan.devices, [
    { serial: SERIAL, name: 'Hall', owner: undefined, buckets: [{ revision: 0, timestamp: 0 }] },
  ])
  t.match(plan.left, [
    { table: 'odd "name', rows: 2, reason: /does not know/ },
    { table: 'weather', rows: 1, reason: /cache/ },
  ])
})

t.test('other files are refused in words', async (t) => {
  const dir = t.testdir({ 'text.sqlite': 'this is not a database, whatever its name says' })
  const target = join(dir, 'nle.sqlite')
  const own = open(join(dir, 'own.sqlite'))
  own.close()
  const rows: [string, { code: string; message: RegExp }][] = [
    ['missing.sqlite', { code: 'not_found', message: /no file/ }],
    ['text.sqlite', { code: 'store', message: /not a database/ }],
    ['own.sqlite', { code: 'invalid', message: /nle restore/ }],
  ]
  for (const [name, error] of rows) {
    await t.rejects(prepareImport(join(dir, name), target, NOW), error, name)
  }
})

t.test('nothing is written while a server has the database', async (t) => {
  const source = new ExistingDatabase(t).state(SERIAL, `shared.${SERIAL}`, 1, 1, {})
  const { target } = source
  const lock = StoreLock.tryAcquire(target, 0)
  t.teardown(() => lock?.release())
  await t.rejects(apply(source), { code: 'in_use' })
  t.notOk(existsSync(target))
})
