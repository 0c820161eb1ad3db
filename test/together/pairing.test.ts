import t from 'tap'
import { House, SERIAL } from './house.ts'

const PAIRING = ['user', 'structure']

function versions(house: House): Record<string, number> {
  return Object.fromEntries(
    house.server.core.store.buckets
      .versions(SERIAL)
      .map(({ objectKey, timestamp }) => [objectKey, timestamp]),
  )
}

t.test(
  'a thermostat shows a code, is claimed, and everything is the same on both sides',
  async (t) => {
    const house = await House.paired(t)
    const { thermostat } = house
    t.match(thermostat.screen, { phase: 'paired', owner: 'homeassistant' })
    for (const type of PAIRING) t.equal(house.pushes(type).length, 1, `${type} came once`)
    const { store } = house.server.core
    for (const [key, bucket] of thermostat.buckets()) {
      t.strictSame(store.buckets.get(SERIAL, key)?.value, bucket.value, key)
      t.equal(store.buckets.get(SERIAL, key)?.timestamp, bucket.timestamp, `S10: ${key}`)
    }
    t.match(await house.ask('GET', `/api/pairing/${SERIAL}`), {
      owner: 'homeassistant',
      confirmed: true,
    })
    t.strictSame(thermostat.violations, [])
  },
)

t.test('P11, S3: a device that lists both as stored is held in silence', async (t) => {
  const house = await House.paired(t)
  const seen = house.log.length
  await house.pass(600_000)
  const since = house.log.slice(seen)
  t.strictSame(
    since.filter(({ kind }) => kind === 'push'),
    [],
  )
  const subscribes = since.filter((e) => e.kind === 'requested' && e.request === 'subscribe')
  t.equal(subscribes.length, 2, 'S4: one each 290 seconds')
  t.strictSame(house.thermostat.violations, [])
})

t.test('seed 000: it stays paired through a restart of the server', async (t) => {
  const house = await House.paired(t)
  const before = versions(house)
  const seen = house.pushes('user').length
  await house.restartServer()
  await house.pass(10_000)
  t.equal(house.thermostat.paired, true)
  t.strictSame(versions(house), before)
  t.equal(house.pushes('user').length, seen, 'it lists them, so nothing is told twice')
  t.strictSame(house.thermostat.violations, [])
})

t.test(
  'seed 004: a thermostat that lost its memory while the server was gone is paired again',
  async (t) => {
    const house = await House.paired(t)
    await house.restartServer(() => house.thermostat.reboot({ loseMemory: true }))
    t.match(house.thermostat.screen, { phase: 'paired', owner: 'homeassistant' })
    for (const type of PAIRING) t.equal(house.pushes(type).at(-1)?.outcome, 'applied', type)
    t.strictSame(house.thermostat.violations, [])
  },
)

t.test('it stays paired through restarts of its own', async (t) => {
  const house = await House.paired(t)
  const seen = house.pushes('user').length
  house.thermostat.reboot()
  await house.pass(10_000)
  t.equal(house.thermostat.paired, true)
  t.equal(house.pushes('user').length, seen, 'it lists them as stored')
  house.thermostat.reboot({ loseMemory: true })
  await house.pass(10_000)
  t.match(house.thermostat.screen, { phase: 'paired' })
  t.equal(house.pushes('user').length, seen + 1)
  t.strictSame(house.thermostat.violations, [])
})

t.test('the server is restarted between the code and the claim', async (t) => {
  const house = await House.open(t)
  const code = await house.thermostat.whenCode()
  await house.restartServer()
  t.equal(await house.thermostat.whenCode(), code, 'P3: the same code')
  t.match(await house.ask('POST', '/api/register', { code, userId: 'homeassistant' }), {
    success: true,
  })
  await house.thermostat.whenPaired()
  t.strictSame(house.thermostat.violations, [])
})

t.test('builds of the firmware differ, and all of them are paired', async (t) => {
  const builds: [string, Parameters<typeof House.paired>[1]][] = [
    ['by X-nl-client-id', { identity: 'clientId' }],
    ['by X-nl-device-id', { identity: 'deviceId' }],
    [
      'by GET and versioned paths',
      { entryMethod: 'GET', subscribePath: '/v7/subscribe', putPath: '/v7/put' },
    ],
    ['by paths without /nest', { entryPath: '/entry' }],
    ['by named subscribes and puts as a list', { subscribeForm: 'named', putForm: 'objects' }],
    ['with conditional puts and inline values', { conditionalPuts: true, inlineValues: true }],
    ['with two subscriptions', { maxSubscriptions: 2 }],
  ]
  for (const [name, profile] of builds) {
    await t.test(name, async (t) => {
      const house = await House.paired(t, profile)
      await house.command('set_temperature', 23)
      await house.thermostat.waitFor(
        '23 °C',
        (one) => one.value('shared').target_temperature === 23,
      )
      await house.pass(20_000)
      t.strictSame(house.thermostat.violations, [])
    })
  }
})

t.test('P11: a build that never lists its pairing does not reconnect in a frenzy', async (t) => {
  const house = await House.paired(t, { listsPairingBuckets: false })
  const seen = house.log.length
  await house.pass(1_200_000)
  const requests = house.log.slice(seen).filter((e) => e.kind === 'requested')
  t.ok(requests.length < 20, `${requests.length} requests in twenty minutes`)
  t.strictSame(house.thermostat.violations, [])
})
