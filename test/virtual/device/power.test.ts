import t from 'tap'
import {
  entryDocument,
  FirmwareHarness,
  object,
  SERIAL,
  START_MS,
  schedule,
} from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`
const SCHEDULE = `schedule.${SERIAL}`

t.test('keeps keys and owner over a reboot and puts the full state (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  const before = harness.bucket('shared')
  const open = harness.last('subscribe').id
  harness.do({ type: 'rebooted', loseMemory: false })
  t.ok(harness.effects.some((e) => e.type === 'abortRequest' && e.requestId === open))
  t.same(harness.bucket('shared'), before)
  t.equal(harness.firmware.paired, true)
  harness.answer('entry', entryDocument())
  const objects = harness.body('subscribe').objects as { object_key: string }[]
  t.equal(objects.length, 5)
  harness.hold()
  harness.advance(500)
  t.ok(Object.keys(harness.putValue('device') ?? {}).length >= 200)
  t.equal(harness.requests('passphrase').length, 1, 'paired: no code')
})

t.test('is unpaired and at timestamp 0 after memory loss', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'sensed', currentTemperature: 23 })
  harness.do({ type: 'rebooted', loseMemory: true })
  t.equal(harness.firmware.paired, false)
  t.match(harness.bucket('shared'), {
    revision: 0,
    timestamp: 0,
    value: { current_temperature: 23 },
  })
  t.equal(harness.firmware.buckets.size, 3)
})

t.test(
  'does not overwrite with its upload what the server gives back after memory loss',
  async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.hold()
    harness.push(
      object(SHARED, 7, START_MS - 5, { target_temperature: 20.3 }),
      object(SCHEDULE, 3, START_MS - 5, schedule()),
    )
    harness.advance(500)
    t.match(harness.putValue('shared'), { target_temperature: 20.3 })
    t.equal(harness.putValue('schedule'), undefined)
  },
)

t.test('acknowledges a command after a power cycle (U8)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.push(object(SHARED, 2, harness.nowMs + 1, { target_change_pending: true }))
  harness.do({ type: 'rebooted', loseMemory: false })
  t.equal(harness.bucket('shared').value.target_change_pending, false)
})

t.test('is offline below 3.6 V and comes back with the battery (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'sensed', batteryVolts: 3.59 })
  t.same(harness.firmware.screen, { phase: 'batteryLow' })
  t.same(harness.firmware.subscriptionIds, [])
  const sent = harness.requests().length
  harness.advance(1_000_000)
  t.equal(harness.requests().length, sent)
  harness.do({ type: 'sensed', batteryVolts: 3.8 })
  t.match(harness.firmware.screen, { phase: 'paired' })
  t.equal(harness.last('entry').id > sent, true)
})
