import t from 'tap'
import { FirmwareHarness, object, SERIAL, schedule } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('applies a temperature command and acknowledges it later (U8)', async (t) => {
  const harness = new FirmwareHarness().settled()
  const value = { target_temperature: 20.3, target_change_pending: true }
  harness.push(object(SHARED, 2, harness.nowMs + 1, value))
  t.match(harness.bucket('shared').value, value)
  t.equal(harness.requests('put').length, 1)
  harness.advance(1000)
  t.same(harness.putValue('shared'), { target_change_pending: false })
})

t.test('puts a mode and a schedule set at the thermostat, the schedule whole (U2)', async (t) => {
  const harness = new FirmwareHarness().settled()
  harness.do({ type: 'modeSet', mode: 'cool' })
  t.match(harness.putValue('shared'), { target_temperature_type: 'cool' })
  harness.receipts()
  harness.do({ type: 'scheduleEdited', schedule: { ...schedule() } })
  t.same(harness.putValue('schedule'), schedule())
})
