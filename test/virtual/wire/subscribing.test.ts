import t from 'tap'
import { Bench, object, SERIAL, START_MS } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('S1: a fresh thermostat lists its buckets at timestamp 0 without values', async (t) => {
  const bench = new Bench().boot()
  const body = bench.body('subscribe')
  t.match(body, { chunked: true, session: String })
  t.same(
    body.objects,
    ['device', 'shared', 'schedule'].map((type) => ({
      object_revision: 0,
      object_timestamp: 0,
      object_key: `${type}.${SERIAL}`,
    })),
  )
})

t.test('S1: the named form, and inline values of a build that sends them', async (t) => {
  const bench = new Bench({ subscribeForm: 'named', inlineValues: true }).boot()
  t.match(bench.body('subscribe'), {
    device: { object_key: `device.${SERIAL}`, value: { serial_number: SERIAL } },
    shared: { object_key: SHARED, value: { target_temperature: 20 } },
  })
})

t.test('S1: the session stays, the listed timestamps follow, keys are listed', async (t) => {
  const bench = new Bench().settled()
  const { session } = bench.body('subscribe')
  bench.advance(100_000)
  bench.end()
  const body = bench.body('subscribe')
  t.equal(body.session, session)
  t.match(body.objects, [
    { object_key: `device.${SERIAL}`, object_revision: 1, object_timestamp: Number },
    { object_key: SHARED, object_revision: 1 },
    { object_key: `schedule.${SERIAL}` },
    { object_key: 'user.homeassistant', object_revision: 1, object_timestamp: START_MS },
    { object_key: 'structure.default' },
  ])
  t.same(bench.violations, [])
})

t.test('P11: a build that never lists user and structure', async (t) => {
  const bench = new Bench({ listsPairingBuckets: false }).settled()
  bench.advance(100_000)
  bench.end()
  const objects = bench.body('subscribe').objects as { object_key: string }[]
  t.equal(objects.length, 3)
})

const HEADER_FAULTS: [string, Record<string, string | undefined>, string[]][] = [
  ['S2: all headers are there', {}, []],
  ['S2: not chunked', { 'transfer-encoding': undefined, 'content-length': '2' }, ['S2']],
  ['S2: no suspend time', { 'x-nl-suspend-time-max': undefined }, ['S2']],
  ['S4: a suspend time over 350', { 'x-nl-suspend-time-max': '351' }, ['S4']],
  ['S2: no service timestamp', { 'x-nl-service-timestamp': undefined }, ['S2']],
  ['S2: service timestamp in seconds', { 'x-nl-service-timestamp': `${START_MS / 1000}` }, ['S2']],
  ['S2: no defer window', { 'x-nl-defer-device-window': undefined }, ['S2']],
  ['S2: a defer window that is no number', { 'x-nl-defer-device-window': 'soon' }, ['S2']],
]
for (const [name, headers, expected] of HEADER_FAULTS) {
  t.test(name, async (t) => {
    const bench = new Bench().boot()
    bench.hold(headers)
    t.same(bench.violations, expected)
  })
}

t.test('S2: headers that come late are seen as a matter of timing', async (t) => {
  const bench = new Bench().boot()
  bench.advance(3000)
  bench.hold()
  const [violation] = bench.effects.flatMap((e) => (e.type === 'ruleViolated' ? [e.violation] : []))
  t.match(violation, { rule: 'S2', timing: true, atMs: START_MS + 3000 })
})

const CHUNK_FAULTS: [string, string, string][] = [
  ['S3: a newline', '\n', 'S3'],
  ['S3: an empty object', '{}', 'S3'],
  ['S3: no objects', '{"objects":[]}', 'S3'],
  ['S3: words', 'hello', 'S3'],
  ['S3: a list', '[1]', 'S3'],
  ['S5: half a document', '{"objects":[{"object_revision":1,', 'S5'],
  ['S5: two documents', '{"objects":[{}]}{"objects":[{}]}', 'S5'],
  ['S6: an object of nothing', '{"objects":[{}]}', 'S6'],
  ['S6: not even an object', '{"objects":[7]}', 'S6'],
]
for (const [name, text, rule] of CHUNK_FAULTS) {
  t.test(`${name} in a held response is seen`, async (t) => {
    const bench = new Bench().boot()
    bench.hold()
    bench.chunk(text)
    t.same(bench.violations, [rule])
  })
}

t.test('S6: an object in another order, or with wrong types, is ignored', async (t) => {
  const good = object(SHARED, 1, START_MS, { target_temperature: 25 })
  const { value, ...head } = good
  for (const wrong of [
    { value, ...head },
    { ...good, extra: 1 },
    { ...good, object_timestamp: `${START_MS}` },
    { ...good, object_revision: 1.5 },
    { ...good, object_key: 'shared' },
    { ...good, value: [] },
  ]) {
    const bench = new Bench().boot()
    bench.hold()
    bench.push(wrong)
    t.same(bench.violations, ['S6'])
    t.equal(bench.bucket('shared').value.target_temperature, 20)
  }
})

t.test('section 10: older objects are ignored, equal ones need a greater revision', async (t) => {
  for (const [revision, offsetMs, outcome] of [
    [9, -1, 'stale'],
    [1, 0, 'duplicate'],
    [2, 0, 'applied'],
    [1, 1, 'applied'],
  ] as const) {
    const bench = new Bench().settled()
    const { timestamp } = bench.bucket('shared')
    bench.push(object(SHARED, revision, timestamp + offsetMs, { target_temperature: 25 }))
    t.equal(bench.notes('push').at(-1)?.outcome, outcome)
    const taken = outcome === 'applied'
    t.equal(bench.bucket('shared').value.target_temperature, taken ? 25 : 20)
    t.equal(bench.bucket('shared').revision, taken ? revision : 1)
  }
})

t.test('S10: a push not newer than what its own subscribe listed is seen', async (t) => {
  const bench = new Bench().settled()
  bench.advance(100_000)
  bench.end()
  bench.hold()
  const { timestamp } = bench.bucket('shared')
  bench.push(object(SHARED, 9, timestamp - 1, { target_temperature: 25 }))
  t.same(bench.violations, ['S10'])
})

t.test('S-table: {revision 0, timestamp 0, value {}} asks for an upload', async (t) => {
  const bench = new Bench().settled()
  bench.push(object(SHARED, 0, 0, {}))
  t.match(bench.putValue('shared'), { target_temperature: 20, schedule_mode: 'HEAT' })
  t.same(bench.violations, [])
})

t.test('U7: buckets of another thermostat are refused', async (t) => {
  const bench = new Bench().settled()
  bench.push(object('shared.02AA01AC0000000002', 1, START_MS, { target_temperature: 25 }))
  t.same(bench.violations, ['U7'])
  t.equal(bench.firmware.buckets.has('shared.02AA01AC0000000002'), false)
})

t.test('section 6: device-only fields are not taken, and are put again', async (t) => {
  const bench = new Bench().settled()
  bench.push(object(SHARED, 2, bench.nowMs + 1, { current_temperature: 5, name: 'Attic' }))
  t.same(bench.violations, ['§6'])
  t.match(bench.bucket('shared').value, { current_temperature: 20.5, name: 'Attic' })
  t.same(bench.putValue('shared'), { current_temperature: 20.5 })
  bench.push(object(`device.${SERIAL}`, 2, bench.nowMs + 1, { battery_level: 9, has_fan: false }))
  t.match(bench.bucket('device').value, { battery_level: 3.93, has_fan: true })
})

t.test(
  'S4: it comes back when the server ends the hold, and gives up at its own limit',
  async (t) => {
    const bench = new Bench().settled()
    bench.advance(289_000)
    bench.end()
    t.equal(bench.requests('subscribe').length, 3)
    bench.hold()
    bench.advance(300_001)
    t.same(bench.violations, ['S4'])
    t.equal(bench.requests('subscribe').length, 4)
  },
)

t.test('S5: 5 s after the last chunk it hangs up by itself', async (t) => {
  const bench = new Bench().settled()
  const held = bench.last('subscribe').id
  bench.push(object(SHARED, 2, bench.nowMs + 1, { name: 'Attic' }))
  bench.advance(4999)
  t.equal(bench.requests('subscribe').length, 2)
  bench.advance(1)
  t.same(bench.violations, ['S5'])
  t.ok(bench.effects.some((e) => e.type === 'abortRequest' && e.requestId === held))
  t.equal(bench.requests('subscribe').length, 3)
})

t.test('a subscribe that ends at once with nothing is tried again after a pause', async (t) => {
  const bench = new Bench().boot()
  bench.hold()
  bench.end()
  t.equal(bench.requests('subscribe').length, 1)
  bench.advance(1000)
  t.equal(bench.requests('subscribe').length, 2)
})

t.test('S7: more subscriptions on demand, the oldest is let go at the limit', async (t) => {
  const bench = new Bench({ maxSubscriptions: 2 }).settled()
  const [first] = bench.firmware.subscriptionIds
  bench.do({ type: 'resubscribed' })
  t.equal(bench.firmware.subscriptionIds.length, 2)
  bench.do({ type: 'resubscribed' })
  t.equal(bench.firmware.subscriptionIds.length, 2)
  t.notOk(bench.firmware.subscriptionIds.includes(first ?? 0))
})

t.test('S2: a build without chunked takes one plain JSON answer', async (t) => {
  const bench = new Bench({ chunked: false }).boot()
  t.equal(bench.body('subscribe').chunked, false)
  bench.answer('subscribe', { objects: [object(SHARED, 1, START_MS, { name: 'Attic' })] }, 200, {
    'x-nl-suspend-time-max': '300',
    'x-nl-service-timestamp': `${START_MS}`,
    'x-nl-defer-device-window': '15',
  })
  t.same(bench.violations, [])
  t.equal(bench.bucket('shared').value.name, 'Attic')
  t.equal(bench.requests('subscribe').length, 2)
})
