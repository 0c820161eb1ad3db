import t from 'tap'
import { FirmwareHarness, object, SERIAL } from '../firmware-harness.ts'

const DEVICE = `device.${SERIAL}`
const nowS = (harness: FirmwareHarness) => Math.floor(harness.nowMs / 1000)

function away(harness: FirmwareHarness, on: boolean, timestampS = nowS(harness)): void {
  const value = { manual_eco_all: on, manual_eco_timestamp: timestampS }
  const { timestamp, revision } = harness.bucket('structure.default')
  harness.push(object('structure.default', revision + 1, timestamp + 1, value))
}

function ecoSchedule(harness: FirmwareHarness, timestampS = nowS(harness)): void {
  const eco = { mode: 'schedule', touched_by: 3, mode_update_timestamp: timestampS }
  const { timestamp, revision } = harness.bucket('device')
  harness.push(object(DEVICE, revision + 1, timestamp + 1, { eco }))
}

const ecoMode = (harness: FirmwareHarness) =>
  (harness.bucket('device').value.eco as { mode: string }).mode

t.test('enters eco on manual_eco_all and puts device.eco (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  away(harness, true)
  t.match(harness.firmware.screen, { phase: 'paired', eco: true })
  const eco = { mode: 'manual-eco', mode_update_timestamp: nowS(harness) }
  t.match(harness.putValue('device'), { eco })
  t.same(harness.violations, [])
})

t.test('enters eco on a pushed device.eco with mode manual-eco', async (t) => {
  const harness = new FirmwareHarness().settled()
  const eco = { mode: 'manual-eco', touched_by: 3, mode_update_timestamp: nowS(harness) }
  harness.push(object(DEVICE, 2, harness.nowMs + 1, { eco }))
  t.equal(ecoMode(harness), 'manual-eco')
  t.match(harness.notes('ecoEntered'), [{ by: 'server' }])
})

t.test('leaves eco on device.eco schedule and manual_eco_all false, in either order', async (t) => {
  for (const order of ['structure first', 'device first']) {
    const harness = new FirmwareHarness().settled()
    away(harness, true)
    harness.receipts()
    const steps = [() => away(harness, false), () => ecoSchedule(harness)]
    if (order === 'device first') steps.reverse()
    steps[0]?.()
    t.equal(ecoMode(harness), 'manual-eco', `${order}: one alone is not enough`)
    steps[1]?.()
    t.equal(ecoMode(harness), 'schedule')
    t.match(harness.putValue('device'), { eco: { mode: 'schedule' } })
    t.same(harness.violations, [])
  }
})

t.test('rejects eco changes over 600 s off its clock or without a time (D5)', async (t) => {
  for (const offS of [601, -601, Number.NaN]) {
    const harness = new FirmwareHarness().settled()
    away(harness, true, nowS(harness) + offS)
    t.equal(ecoMode(harness), 'schedule')
    t.same(harness.violations, ['D5'])
  }
  const inTime = new FirmwareHarness().settled()
  away(inTime, true, nowS(inTime) - 599)
  t.equal(ecoMode(inTime), 'manual-eco')
  inTime.receipts()
  away(inTime, false)
  ecoSchedule(inTime, nowS(inTime) - 601)
  t.equal(ecoMode(inTime), 'manual-eco')
  t.same(inTime.violations, ['D5'])
})

t.test('leaves eco when the dial is turned and puts both (U9)', async (t) => {
  const harness = new FirmwareHarness().settled({ 'x-nl-disable-defer-window': '1' })
  away(harness, true)
  harness.receipts()
  harness.advance(2000)
  harness.do({ type: 'dialTurned', celsius: 20.3 })
  harness.receipts()
  const bodies = harness.requests('put').map(({ body }) => body ?? '')
  const eco = `"mode":"schedule","touched_by":1,"mode_update_timestamp":${nowS(harness)}`
  t.ok(bodies.some((body) => body.includes(eco)))
  t.ok(bodies.some((body) => body.includes('"target_temperature":20.3')))
})
