import t from 'tap'
import { modelProfile } from '../../src/virtual/index.ts'
import { Household, SERIAL } from './household.ts'

const PAIRING = ['user', 'structure']

async function versions(household: Household): Promise<Record<string, number>> {
  const { buckets } = await household.server.core.store.load(SERIAL)
  return Object.fromEntries(
    [...buckets.values()].map(({ objectKey, timestamp }) => [objectKey, timestamp]),
  )
}

t.test(
  'pairs by the code on the screen and leaves the same buckets on both sides (P9, S10)',
  async (t) => {
    const household = await Household.paired(t)
    const { thermostat } = household
    t.match(thermostat.screen, { phase: 'paired', owner: 'homeassistant' })
    for (const type of PAIRING) t.equal(household.pushes(type).length, 1, `${type} came once`)
    const { buckets } = await household.server.core.store.load(SERIAL)
    for (const [key, bucket] of thermostat.buckets()) {
      t.strictSame(buckets.get(key)?.value, bucket.value, key)
      t.equal(buckets.get(key)?.timestamp, bucket.timestamp, `timestamp of ${key}`)
    }
    t.match(await household.ask('GET', `/api/pairing/${SERIAL}`), {
      owner: 'homeassistant',
      confirmed: true,
    })
    t.strictSame(thermostat.violations, [])
  },
)

t.test('holds a thermostat silently that lists both buckets as stored (P11, S3)', async (t) => {
  const household = await Household.paired(t)
  const seen = household.log.length
  await household.pass(600_000)
  const since = household.log.slice(seen)
  t.strictSame(
    since.filter(({ kind }) => kind === 'push'),
    [],
  )
  const subscribes = since.filter((e) => e.kind === 'requested' && e.request === 'subscribe')
  t.equal(subscribes.length, 2, 'one every 290 s (S4)')
  t.strictSame(household.thermostat.violations, [])
})

t.test('stays paired over a restart of the server (seed 000)', async (t) => {
  const household = await Household.paired(t)
  const before = await versions(household)
  const seen = household.pushes('user').length
  await household.restartServer()
  await household.pass(10_000)
  t.equal(household.thermostat.paired, true)
  t.strictSame(await versions(household), before)
  t.equal(household.pushes('user').length, seen, 'it lists them, so nothing is pushed again')
  t.strictSame(household.thermostat.violations, [])
})

t.test('pairs a thermostat again that lost its memory during an outage (seed 004)', async (t) => {
  const household = await Household.paired(t)
  await household.restartServer(() => household.thermostat.reboot({ loseMemory: true }))
  t.match(household.thermostat.screen, { phase: 'paired', owner: 'homeassistant' })
  for (const type of PAIRING) t.equal(household.pushes(type).at(-1)?.outcome, 'applied', type)
  t.strictSame(household.thermostat.violations, [])
})

t.test('stays paired over reboots of the thermostat, with and without memory loss', async (t) => {
  const household = await Household.paired(t)
  const seen = household.pushes('user').length
  household.thermostat.reboot()
  await household.pass(10_000)
  t.equal(household.thermostat.paired, true)
  t.equal(household.pushes('user').length, seen, 'it lists them as stored')
  household.thermostat.reboot({ loseMemory: true })
  await household.pass(10_000)
  t.match(household.thermostat.screen, { phase: 'paired' })
  t.equal(household.pushes('user').length, seen + 1)
  t.strictSame(household.thermostat.violations, [])
})

t.test('accepts a code after a restart of the server (P3)', async (t) => {
  const household = await Household.open(t)
  const code = await household.thermostat.whenCode()
  await household.restartServer()
  t.equal(await household.thermostat.whenCode(), code, 'the same code')
  t.match(await household.ask('POST', '/api/register', { code, userId: 'homeassistant' }), {
    success: true,
  })
  await household.thermostat.whenPaired()
  t.strictSame(household.thermostat.violations, [])
})

t.test('pairs every build of the firmware', async (t) => {
  const builds: [string, Parameters<typeof Household.paired>[1]][] = [
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
    ['firmware 4.0.6, which speaks transport v3', modelProfile({ firmware: '4.0.6' })],
    ['firmware 4.3.3, which lists no versions', modelProfile({ firmware: '4.3.3' })],
    [
      'firmware whose keys an earlier server corrupted',
      { ...modelProfile({ firmware: '4.0.6' }), keyNoise: ' ._sync' },
    ],
  ]
  for (const [name, profile] of builds) {
    await t.test(name, async (t) => {
      const household = await Household.paired(t, profile)
      await household.command('set_temperature', 23)
      await household.thermostat.waitFor(
        '23 °C',
        (one) => one.value('shared').target_temperature === 23,
      )
      await household.pass(20_000)
      t.strictSame(household.thermostat.violations, [])
    })
  }
})

t.test('does not loop with a build that never lists its pairing (P11)', async (t) => {
  const household = await Household.paired(t, { listsPairingBuckets: false })
  const seen = household.log.length
  await household.pass(1_200_000)
  const requests = household.log.slice(seen).filter((e) => e.kind === 'requested')
  t.ok(requests.length < 20, `${requests.length} requests in twenty minutes`)
  t.strictSame(household.thermostat.violations, [])
})

t.test(
  'pairs old firmware that lost its memory by the entry, without a loop (E7, V8)',
  async (t) => {
    const household = await Household.paired(t, modelProfile({ firmware: '4.3.3' }))
    household.thermostat.reboot({ loseMemory: true })
    await household.thermostat.whenPaired()
    await household.pass(1_200_000)
    for (const type of PAIRING) {
      t.strictSame(
        household.pushes(type).map(({ outcome }) => outcome),
        ['applied', 'applied', 'duplicate'],
        `${type}: after the claim, in the entry, and once more after it`,
      )
    }
    t.strictSame(household.thermostat.violations, [])
  },
)
