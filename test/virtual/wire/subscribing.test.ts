import t from 'tap'
import { FirmwareHarness, object, SERIAL, START_MS } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('lists its buckets at timestamp 0 without values when it is new (S1)', async (t) => {
  const harness = new FirmwareHarness().boot()
  const body = harness.body('subscribe')
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

t.test('sends the named form, and inline values, where the build does (S1)', async (t) => {
  const harness = new FirmwareHarness({ subscribeForm: 'named', inlineValues: true }).boot()
  t.match(harness.body('subscribe'), {
    device: { object_key: `device.${SERIAL}`, value: { serial_number: SERIAL } },
    shared: { object_key: SHARED, value: { target_temperature: 20 } },
  })
})

t.test('keeps its session and lists the keys and timestamps it was given (S1)', async (t) => {
  const harness = new FirmwareHarness().settled()
  const { session } = harness.body('subscribe')
  harness.advance(100_000)
  harness.end()
  const body = harness.body('subscribe')
  t.equal(body.session, session)
  t.match(body.objects, [
    { object_key: `device.${SERIAL}`, object_revision: 1, object_timestamp: Number },
    { object_key: SHARED, object_revision: 1 },
    { object_key: `schedule.${SERIAL}` },
    { object_key: 'user.homeassistant', object_revision: 1, object_timestamp: START_MS },
    { object_key: 'structure.default' },
  ])
  t.same(harness.violations, [])
})

t.test('lists neither user nor structure where the build does not (P11)', async (t) => {
  const harness = new FirmwareHarness({ listsPairingBuckets: false }).settled()
  harness.advance(100_000)
  harness.end()
  const objects = harness.body('subscribe').objects as { object_key: string }[]
  t.equal(objects.length, 3)
})

const HEADER_FAULTS: [string, Record<string, string | undefined>, string[]][] = [
  ['all headers (S2)', {}, []],
  ['no chunked encoding (S2)', { 'transfer-encoding': undefined, 'content-length': '2' }, ['S2']],
  ['no suspend time (S2)', { 'x-nl-suspend-time-max': undefined }, ['S2']],
  ['a suspend time over 350 (S4)', { 'x-nl-suspend-time-max': '351' }, ['S4']],
  ['no service timestamp (S2)', { 'x-nl-service-timestamp': undefined }, ['S2']],
  [
    'a service timestamp in seconds (S2)',
    { 'x-nl-service-timestamp': `${START_MS / 1000}` },
    ['S2'],
  ],
  ['no defer window (S2)', { 'x-nl-defer-device-window': undefined }, ['S2']],
  ['a defer window that is no number (S2)', { 'x-nl-defer-device-window': 'soon' }, ['S2']],
]
for (const [name, headers, expected] of HEADER_FAULTS) {
  t.test(`holds a subscription and checks its headers: ${name}`, async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.hold(headers)
    t.same(harness.violations, expected)
  })
}

t.test('reports late headers as a matter of timing (S2)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.advance(3000)
  harness.hold()
  const [violation] = harness.effects.flatMap((e) =>
    e.type === 'ruleViolated' ? [e.violation] : [],
  )
  t.match(violation, { rule: 'S2', timing: true, atMs: START_MS + 3000 })
})

const CHUNK_FAULTS: [string, string, string][] = [
  ['a newline (S3)', '\n', 'S3'],
  ['an empty object (S3)', '{}', 'S3'],
  ['a document without objects (S3)', '{"objects":[]}', 'S3'],
  ['plain text (S3)', 'hello', 'S3'],
  ['a list (S3)', '[1]', 'S3'],
  ['half a document (S5)', '{"objects":[{"object_revision":1,', 'S5'],
  ['two documents (S5)', '{"objects":[{}]}{"objects":[{}]}', 'S5'],
  ['an object without fields (S6)', '{"objects":[{}]}', 'S6'],
  ['a number for an object (S6)', '{"objects":[7]}', 'S6'],
]
for (const [name, text, rule] of CHUNK_FAULTS) {
  t.test(`reports ${name} in a held response`, async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.hold()
    harness.chunk(text)
    t.same(harness.violations, [rule])
  })
}

t.test('ignores an object with another field order or wrong types (S6)', async (t) => {
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
    const harness = new FirmwareHarness().boot()
    harness.hold()
    harness.push(wrong)
    t.same(harness.violations, ['S6'])
    t.equal(harness.bucket('shared').value.target_temperature, 20)
  }
})

t.test(
  'ignores older objects, and equal ones without a greater revision (section 10)',
  async (t) => {
    for (const [revision, offsetMs, outcome] of [
      [9, -1, 'stale'],
      [1, 0, 'duplicate'],
      [2, 0, 'applied'],
      [1, 1, 'applied'],
    ] as const) {
      const harness = new FirmwareHarness().settled()
      const { timestamp } = harness.bucket('shared')
      harness.push(object(SHARED, revision, timestamp + offsetMs, { target_temperature: 25 }))
      t.equal(harness.notes('push').at(-1)?.outcome, outcome)
      const taken = outcome === 'applied'
      t.equal(harness.bucket('shared').value.target_temperature, taken ? 25 : 20)
      t.equal(harness.bucket('shared').revision, taken ? revision : 1)
    }
  },
)

t.test('reports a push that is not newer than what its own subscribe listed (S10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.advance(100_000)
  harness.end()
  harness.hold()
  const { timestamp } = harness.bucket('shared')
  harness.push(object(SHARED, 9, timestamp - 1, { target_temperature: 25 }))
  t.same(harness.violations, ['S10'])
})

t.test(
  'uploads a bucket when pushed {revision 0, timestamp 0, value {}} (section 4)',
  async (t) => {
    const harness = new FirmwareHarness().settled()
    harness.push(object(SHARED, 0, 0, {}))
    t.match(harness.putValue('shared'), { target_temperature: 20, target_temperature_type: 'heat' })
    t.same(harness.violations, [])
  },
)

t.test('refuses buckets of another thermostat (U7)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.push(object('shared.02AA01AC0000000002', 1, START_MS, { target_temperature: 25 }))
  t.same(harness.violations, ['U7'])
  t.equal(harness.firmware.buckets.has('shared.02AA01AC0000000002'), false)
})

t.test('does not accept device-only fields, and puts its own again (section 6)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.push(object(SHARED, 2, harness.nowMs + 1, { current_temperature: 5, name: 'Attic' }))
  t.same(harness.violations, ['§6'])
  t.match(harness.bucket('shared').value, { current_temperature: 20.5, name: 'Attic' })
  t.same(harness.putValue('shared'), { current_temperature: 20.5 })
  harness.push(
    object(`device.${SERIAL}`, 2, harness.nowMs + 1, { battery_level: 9, has_fan: false }),
  )
  t.match(harness.bucket('device').value, { battery_level: 3.93, has_fan: true })
})

t.test('subscribes again when the server ends the hold, or at its own limit (S4)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.advance(289_000)
  harness.end()
  t.equal(harness.requests('subscribe').length, 3)
  harness.hold()
  harness.advance(300_001)
  t.same(harness.violations, ['S4'])
  t.equal(harness.requests('subscribe').length, 4)
})

t.test('closes the connection itself 5 s after the last chunk (S5)', async (t) => {
  const harness = new FirmwareHarness().settled()
  const held = harness.last('subscribe').id
  harness.push(object(SHARED, 2, harness.nowMs + 1, { name: 'Attic' }))
  harness.advance(4999)
  t.equal(harness.requests('subscribe').length, 2)
  harness.advance(1)
  t.same(harness.violations, ['S5'])
  t.ok(harness.effects.some((e) => e.type === 'abortRequest' && e.requestId === held))
  t.equal(harness.requests('subscribe').length, 3)
})

t.test('pauses before it repeats a subscribe that ended at once with nothing', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.hold()
  harness.end()
  t.equal(harness.requests('subscribe').length, 1)
  harness.advance(1000)
  t.equal(harness.requests('subscribe').length, 2)
})

t.test('opens more subscriptions on demand and aborts the oldest at the limit (S7)', async (t) => {
  const harness = new FirmwareHarness({ maxSubscriptions: 2 }).settled()
  const [first] = harness.firmware.subscriptionIds
  harness.do({ type: 'resubscribed' })
  t.equal(harness.firmware.subscriptionIds.length, 2)
  harness.do({ type: 'resubscribed' })
  t.equal(harness.firmware.subscriptionIds.length, 2)
  t.notOk(harness.firmware.subscriptionIds.includes(first ?? 0))
})

t.test('reads one plain JSON answer where the build does not ask for chunks (S2)', async (t) => {
  const harness = new FirmwareHarness({ chunked: false }).boot()
  t.equal(harness.body('subscribe').chunked, false)
  harness.answer('subscribe', { objects: [object(SHARED, 1, START_MS, { name: 'Attic' })] }, 200, {
    'x-nl-suspend-time-max': '300',
    'x-nl-service-timestamp': `${START_MS}`,
    'x-nl-defer-device-window': '15',
  })
  t.same(harness.violations, [])
  t.equal(harness.bucket('shared').value.name, 'Attic')
  t.equal(harness.requests('subscribe').length, 2)
})
