import t from 'tap'
import { statusOf, viewOf } from '../../../src/protocol/view/view-of.ts'
import { bucket, change, DEVICE, NOW_MS, SCHEDULE, SHARED, state } from '../make.ts'

const PRESENCE = { isAvailable: true, lastSeenMs: NOW_MS }

t.test('D7: a week that the thermostat has as lists is shown keyed by number', async (t) => {
  const entry = { type: 'HEAT', time: 0, entry_type: 'setpoint', temp: 20, touched_by: 1 }
  const week = { ver: 2, schedule_mode: 'HEAT', days: [null, [null, entry]] }
  const view = viewOf(state({}, bucket(SCHEDULE, week)), NOW_MS)
  t.strictSame(view?.schedule?.value, { ...week, days: { 1: { 1: entry } } })
})

t.test('a thermostat has uploaded once it has put shared and device', async (t) => {
  const shared = bucket(SHARED, { current_temperature: 19 })
  const device = bucket(DEVICE, { current_humidity: 40 })
  const told = (...buckets: Parameters<typeof bucket>[]) =>
    viewOf(state({}, ...buckets.map((each) => bucket(...each))), NOW_MS)?.hasUploaded
  t.equal(told([SHARED, shared.value], [DEVICE, device.value]), true)
  t.equal(told([SHARED, shared.value]), false)
  t.equal(told([SHARED, shared.value], [DEVICE, {}]), false)
  const onItsWay = state({ changes: [change({ objectKey: SHARED })] }, device)
  t.equal(viewOf(onItsWay, NOW_MS)?.hasUploaded, false, 'a command is no upload')
})

t.test('null in a status is filled in only once the thermostat has uploaded', async (t) => {
  const device = bucket(DEVICE, { battery_level: 3.7 })
  const before = statusOf(state({}, device), PRESENCE, NOW_MS)
  t.match(before, { humidity: null, target_temperature: null, software_version: null })
  const shared = bucket(SHARED, { current_temperature: 19 })
  t.match(statusOf(state({}, device, shared), PRESENCE, NOW_MS), {
    humidity: 0,
    target_temperature: 19,
    software_version: '',
  })
  const named = state({}, device, shared)
  const entry = { ...named, device: named.device && { ...named.device, softwareVersion: '5.9.4' } }
  t.match(statusOf(entry, PRESENCE, NOW_MS), { software_version: '5.9.4' }, 'as its entry said')
})
