import t from 'tap'
import { FirmwareHarness, object, SERIAL, START_MS } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('puts the full state once after a boot (section 10)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.advance(10_000)
  t.equal(harness.requests('put').length, 0, 'not before the subscribe is answered')
  harness.hold()
  harness.advance(499)
  t.equal(harness.requests('put').length, 0)
  harness.advance(1)
  t.ok(Object.keys(harness.putValue('device') ?? {}).length >= 200)
  t.match(harness.putValue('shared'), { target_temperature: 20, can_heat: true })
  t.match(harness.putValue('schedule'), { ver: 2, schedule_mode: 'HEAT' })
  harness.receipts()
  t.equal(harness.requests('put').length, 1)
  t.equal(harness.firmware.unsettled, false)
})

t.test('puts key and base revision in both forms (U1)', async (t) => {
  const keyed = new FirmwareHarness().settled()
  keyed.do({ type: 'scheduleTransition', celsius: 18 })
  t.match(keyed.body('put'), {
    session: String,
    [SHARED]: { object_key: SHARED, base_object_revision: 1, target_temperature: 18 },
  })
  const listed = new FirmwareHarness({ putForm: 'objects', conditionalPuts: true }).settled()
  listed.do({ type: 'scheduleTransition', celsius: 18 })
  t.match(listed.body('put'), {
    objects: [{ object_key: SHARED, if_object_revision: 1, value: { target_temperature: 18 } }],
  })
})

t.test('puts a dial turn after the defer window (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'dialTurned', celsius: 20.2 })
  harness.advance(2000)
  harness.do({ type: 'dialTurned', celsius: 20.4 })
  t.equal(harness.requests('put').length, 1)
  harness.advance(13_000)
  t.equal(harness.requests('put').length, 2)
  t.match(harness.putValue('shared'), { target_temperature: 20.4 })
})

t.test('puts a dial turn at once under X-nl-disable-defer-window (S2)', async (t) => {
  const harness = new FirmwareHarness().settled({ 'x-nl-disable-defer-window': '1' })
  harness.do({ type: 'dialTurned', celsius: 20.2 })
  t.match(harness.putValue('shared'), { target_temperature: 20.2 })
})

t.test('puts a waiting dial turn when the next subscribe disables the window (S2)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'dialTurned', celsius: 20.2 })
  harness.advance(1000)
  harness.end()
  t.equal(harness.requests('put').length, 1)
  harness.advance(1000)
  harness.hold({ 'x-nl-disable-defer-window': '1' })
  t.match(harness.putValue('shared'), { target_temperature: 20.2 })
})

t.test('tolerates a timer that fires early, late or twice', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'dialTurned', celsius: 20.2 })
  const effects = harness.do({ type: 'timerFired', timer: 'put' })
  t.match(effects, [{ type: 'armTimer', timer: 'put', atMs: harness.nowMs + 15_000 }])
  harness.advance(15_000)
  t.equal(harness.requests('put').length, 2)
  t.same(harness.do({ type: 'timerFired', timer: 'put' }), [])
  t.same(harness.do({ type: 'timerFired', timer: 'nonsense:1' }), [])
})

t.test(
  'keeps timestamp 0 for sensors before the first upload, but not for a dial turn',
  async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.do({ type: 'sensed', currentTemperature: 10 })
    t.equal(harness.bucket('shared').timestamp, 0)
    t.match(harness.bucket('shared').value, { current_temperature: 10, hvac_heater_state: true })
    harness.do({ type: 'dialTurned', celsius: 21 })
    t.equal(harness.bucket('shared').timestamp, START_MS)
  },
)

t.test('puts hvac states and schedule transitions separately (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'scheduleTransition', celsius: 23 })
  t.same(Object.keys(harness.putValue('shared') ?? {}), ['target_temperature', 'touched_by'])
  harness.receipts()
  t.same(harness.putValue('shared'), { hvac_heater_state: true })
})

t.test(
  'moves the timestamp forward with a local change even when the clock is behind',
  async (t) => {
    const harness = new FirmwareHarness().settled()
    const ahead = harness.nowMs + 60_000
    harness.push(object(SHARED, 2, ahead, { name: 'Attic' }))
    harness.do({ type: 'dialTurned', celsius: 21 })
    t.equal(harness.bucket('shared').timestamp > ahead, true)
  },
)

t.test('adopts receipts, but not over a newer change of its own (U5)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  harness.advance(10)
  harness.do({ type: 'scheduleTransition', celsius: 19 })
  const { timestamp } = harness.bucket('shared')
  harness.receipts(timestamp - 5)
  t.equal(harness.bucket('shared').timestamp, timestamp)
  t.match(harness.putValue('shared'), { target_temperature: 19 }, 'and the newer one is put')
  harness.receipts(timestamp + 7)
  t.match(harness.bucket('shared'), { timestamp: timestamp + 7, revision: 3 })
})

t.test('reports a value in a receipt, which overwrites local state (U5)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  const receipt = object(SHARED, 2, harness.nowMs + 1, { target_temperature: 30 })
  harness.answer('put', { objects: [receipt] })
  t.same(harness.violations, ['U5'])
  t.equal(harness.bucket('shared').value.target_temperature, 30)
})

const head = (key: string) => ({
  object_revision: 2,
  object_timestamp: START_MS * 2,
  object_key: key,
})
const RECEIPT_FAULTS: [string, unknown, string[]][] = [
  ['a bucket it did not put (U5)', { objects: [head(SHARED), head('user.ha')] }, ['U5']],
  ['no receipt (U5)', { objects: [] }, ['U5']],
  ['no objects (U5)', {}, ['U5']],
  ['no JSON (U5)', 'ok', ['U5']],
  ['a receipt that is no object (U5)', { objects: [null, head(SHARED)] }, ['U5']],
  ['a timestamp as text (U5)', { objects: [{ ...head(SHARED), object_timestamp: '5' }] }, ['U5']],
  [
    'another field order (S6)',
    { objects: [{ object_key: SHARED, object_revision: 2, object_timestamp: START_MS * 2 }] },
    ['S6'],
  ],
  [
    'a timestamp that went back (S10)',
    { objects: [{ ...head(SHARED), object_timestamp: 1 }] },
    ['S10'],
  ],
]
for (const [name, body, expected] of RECEIPT_FAULTS) {
  t.test(`reports ${name} in the answer to a put`, async (t) => {
    const harness = new FirmwareHarness().settled()
    harness.do({ type: 'scheduleTransition', celsius: 18 })
    harness.answer('put', body)
    t.same(harness.violations, expected)
  })
}

t.test('repeats a conditional put that was not written on the new revision (U4)', async (t) => {
  const harness = new FirmwareHarness({ conditionalPuts: true }).settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  const { timestamp } = harness.bucket('shared')
  const stored = { object_revision: 7, object_timestamp: timestamp + 9, object_key: SHARED }
  harness.answer('put', { objects: [stored] })
  t.equal(
    harness.bucket('shared').timestamp,
    timestamp,
    'what it has not seen must still be pushed',
  )
  harness.advance(1000)
  t.match(harness.body('put'), { [SHARED]: { if_object_revision: 7, target_temperature: 18 } })
})

t.test('drops a put after three HTTP 400 (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  for (let tries = 1; tries <= 3; tries += 1) {
    t.equal(harness.requests('put').length, 1 + tries)
    harness.answer('put', { error: 'no' }, 400)
    harness.advance(1000)
  }
  t.equal(harness.requests('put').length, 4)
  t.same(harness.notes('putDropped'), [{ kind: 'putDropped', keys: [SHARED] }])
})

t.test('retries 5xx and network errors after growing, bounded pauses (section 10)', async (t) => {
  const harness = new FirmwareHarness({ maxPauseMs: 8000 }).settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  const pauses: number[] = []
  for (let i = 0; i < 6; i += 1) {
    if (i % 2 === 0) harness.answer('put', 'oops', 503)
    else harness.fail('put')
    pauses.push(harness.notes('failed').at(-1)?.retryInMs ?? 0)
    harness.advance(8000)
  }
  t.same(pauses, [1000, 2000, 4000, 8000, 8000, 8000])
  harness.receipts(harness.nowMs)
  t.equal(harness.firmware.unsettled, false, 'nothing was lost')
})

t.test('aborts a put without an answer and sends it again', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'scheduleTransition', celsius: 18 })
  const { id } = harness.last('put')
  harness.advance(31_000)
  t.ok(harness.effects.some((e) => e.type === 'abortRequest' && e.requestId === id))
  t.not(harness.last('put').id, id)
  t.match(harness.putValue('shared'), { target_temperature: 18 })
})

t.test('a generous build puts a value again that was pushed during its put', async (t) => {
  const lastPut = (putsAgainAfterCrossing: boolean) => {
    const harness = new FirmwareHarness({ putsAgainAfterCrossing }).settled()
    harness.do({ type: 'scheduleTransition', celsius: 18 })
    harness.push(object(SHARED, 2, harness.nowMs + 5, { target_temperature: 25 }))
    harness.receipts(harness.nowMs + 6)
    t.equal(harness.bucket('shared').value.target_temperature, 25)
    return harness.putValue('shared')
  }
  t.match(lastPut(true), { target_temperature: 25 })
  t.notMatch(lastPut(false), { target_temperature: 25 }, 'no rule promises that')
})
