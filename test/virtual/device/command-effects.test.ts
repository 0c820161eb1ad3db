import t from 'tap'
import { Bench, entryDocument, object, SERIAL, START_MS } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`
const DEVICE = `device.${SERIAL}`
const SCHEDULE = `schedule.${SERIAL}`
const nowS = (bench: Bench) => Math.floor(bench.nowMs / 1000)

t.test('U8: a temperature command is applied, later acknowledged', async (t) => {
  const bench = new Bench().settled()
  const value = { target_temperature: 20.3, target_change_pending: true }
  bench.push(object(SHARED, 2, bench.nowMs + 1, value))
  t.match(bench.bucket('shared').value, value)
  t.equal(bench.requests('put').length, 1)
  bench.advance(1000)
  t.same(bench.putValue('shared'), { target_change_pending: false })
})

t.test('U8: an acknowledgement is not lost by a power cycle', async (t) => {
  const bench = new Bench().settled()
  bench.push(object(SHARED, 2, bench.nowMs + 1, { target_change_pending: true }))
  bench.do({ type: 'rebooted', loseMemory: false })
  t.equal(bench.bucket('shared').value.target_change_pending, false)
})

function away(bench: Bench, on: boolean, timestampS = nowS(bench)): void {
  const value = { manual_eco_all: on, manual_eco_timestamp: timestampS }
  const { timestamp, revision } = bench.bucket('structure.default')
  bench.push(object('structure.default', revision + 1, timestamp + 1, value))
}

function ecoSchedule(bench: Bench, timestampS = nowS(bench)): void {
  const eco = { mode: 'schedule', touched_by: 3, mode_update_timestamp: timestampS }
  const { timestamp, revision } = bench.bucket('device')
  bench.push(object(DEVICE, revision + 1, timestamp + 1, { eco }))
}

const ecoMode = (bench: Bench) => (bench.bucket('device').value.eco as { mode: string }).mode

t.test('manual_eco_all sends it to eco, and it puts device.eco', async (t) => {
  const bench = new Bench().settled()
  away(bench, true)
  t.match(bench.firmware.screen, { phase: 'paired', eco: true })
  const eco = { mode: 'manual-eco', mode_update_timestamp: nowS(bench) }
  t.match(bench.putValue('device'), { eco })
  t.same(bench.violations, [])
})

t.test('eco ends with device.eco schedule and manual_eco_all false, in either order', async (t) => {
  for (const order of ['structure first', 'device first']) {
    const bench = new Bench().settled()
    away(bench, true)
    bench.receipts()
    const steps = [() => away(bench, false), () => ecoSchedule(bench)]
    if (order === 'device first') steps.reverse()
    steps[0]?.()
    t.equal(ecoMode(bench), 'manual-eco', `${order}: one alone is not enough`)
    steps[1]?.()
    t.equal(ecoMode(bench), 'schedule')
    t.match(bench.putValue('device'), { eco: { mode: 'schedule' } })
    t.same(bench.violations, [])
  }
})

t.test('D5: eco changes over 600 s off the clock, or without a time, are rejected', async (t) => {
  for (const offS of [601, -601, Number.NaN]) {
    const bench = new Bench().settled()
    away(bench, true, nowS(bench) + offS)
    t.equal(ecoMode(bench), 'schedule')
    t.same(bench.violations, ['D5'])
  }
  const inTime = new Bench().settled()
  away(inTime, true, nowS(inTime) - 599)
  t.equal(ecoMode(inTime), 'manual-eco')
  inTime.receipts()
  away(inTime, false)
  ecoSchedule(inTime, nowS(inTime) - 601)
  t.equal(ecoMode(inTime), 'manual-eco')
  t.same(inTime.violations, ['D5'])
})

t.test('U9: turning the dial in eco leaves eco and puts both', async (t) => {
  const bench = new Bench().settled({ 'x-nl-disable-defer-window': '1' })
  away(bench, true)
  bench.receipts()
  bench.advance(2000)
  bench.do({ type: 'dialTurned', celsius: 20.3 })
  bench.receipts()
  const bodies = bench.requests('put').map(({ body }) => body ?? '')
  const eco = `"mode":"schedule","touched_by":1,"mode_update_timestamp":${nowS(bench)}`
  t.ok(bodies.some((body) => body.includes(eco)))
  t.ok(bodies.some((body) => body.includes('"target_temperature":20.3')))
})

function schedule(mode = 'HEAT', type = mode, temp = 19): object {
  const entry = { type, time: 0, entry_type: 'setpoint', temp }
  return { ver: 2, name: 'New', schedule_mode: mode, days: { '0': { '0': entry } } }
}

function pushSchedule(bench: Bench, value: object): void {
  const { revision, timestamp } = bench.bucket('schedule')
  const offsetMs = bench.nowMs - START_MS + 1
  bench.push(object(SCHEDULE, revision + 1, timestamp + offsetMs, value))
}

t.test('a schedule is applied after 15 s of quiet, and replaced whole', async (t) => {
  const bench = new Bench().settled()
  pushSchedule(bench, schedule())
  bench.end()
  bench.advance(14_999)
  bench.do({ type: 'timerFired', timer: 'scheduleQuiet' })
  t.equal(bench.bucket('schedule').value.name, 'Current schedule', 'not by an early timer')
  t.equal(bench.firmware.unsettled, true)
  bench.advance(1)
  t.same(bench.bucket('schedule').value, schedule())
  t.equal(bench.notes('scheduleApplied').length, 1)
  t.same(bench.violations, [])
})

t.test(
  'D6: a second schedule starts the quiet anew, and is seen when it comes too soon',
  async (t) => {
    const bench = new Bench().settled()
    pushSchedule(bench, schedule())
    bench.advance(4000)
    pushSchedule(bench, schedule('HEAT', 'HEAT', 22))
    t.same(bench.violations, ['D6'])
    bench.end()
    bench.advance(14_999)
    t.equal(bench.notes('scheduleApplied').length, 0)
    bench.advance(1)
    t.same(bench.bucket('schedule').value, schedule('HEAT', 'HEAT', 22))
  },
)

t.test('S7, D6: the same schedule on two held connections is no second push', async (t) => {
  const bench = new Bench({ maxSubscriptions: 2 }).settled()
  const pushed = object(SCHEDULE, 2, bench.nowMs + 1, schedule())
  bench.push(pushed)
  bench.do({ type: 'resubscribed' })
  bench.hold()
  bench.push(pushed)
  t.same(bench.violations, [])
})

t.test('a schedule of another mode is ignored until shared.schedule_mode fits', async (t) => {
  const bench = new Bench().settled()
  pushSchedule(bench, schedule('COOL'))
  bench.end()
  bench.advance(15_000)
  t.equal(bench.notes('scheduleIgnored').length, 1)
  bench.hold()
  pushSchedule(bench, schedule('COOL'))
  bench.push(object(SHARED, 5, bench.nowMs, { schedule_mode: 'COOL' }))
  bench.end()
  bench.advance(15_000)
  t.equal(bench.bucket('schedule').value.schedule_mode, 'COOL')
})

const BAD_SCHEDULES: [string, object][] = [
  ['entries of another type', schedule('HEAT', 'COOL')],
  ['days as a list', { schedule_mode: 'HEAT', days: [] }],
  ['a day as a list', { schedule_mode: 'HEAT', days: { '0': [] } }],
  ['an eighth day', { schedule_mode: 'HEAT', days: { '7': {} } }],
  ['no days', { schedule_mode: 'HEAT' }],
]
for (const [name, value] of BAD_SCHEDULES) {
  t.test(`section 7: a schedule with ${name} is seen and ignored`, async (t) => {
    const bench = new Bench().settled()
    pushSchedule(bench, value)
    bench.end()
    bench.advance(15_000)
    t.same(bench.violations, ['§7'])
    t.equal(bench.bucket('schedule').value.name, 'Current schedule')
  })
}

t.test('{"days":{}} clears the schedule, whatever the mode', async (t) => {
  const bench = new Bench().settled()
  pushSchedule(bench, { days: {} })
  bench.end()
  bench.advance(15_000)
  t.same(bench.bucket('schedule').value, { days: {} })
})

t.test('a reboot without memory loss keeps keys and owner, and puts the full state', async (t) => {
  const bench = new Bench().settled()
  const before = bench.bucket('shared')
  const open = bench.last('subscribe').id
  bench.do({ type: 'rebooted', loseMemory: false })
  t.ok(bench.effects.some((e) => e.type === 'abortRequest' && e.requestId === open))
  t.same(bench.bucket('shared'), before)
  t.equal(bench.firmware.paired, true)
  bench.answer('entry', entryDocument())
  const objects = bench.body('subscribe').objects as { object_key: string }[]
  t.equal(objects.length, 5)
  bench.hold()
  bench.advance(500)
  t.ok(Object.keys(bench.putValue('device') ?? {}).length >= 200)
  t.equal(bench.requests('passphrase').length, 1, 'paired: no code')
})

t.test('a reboot with memory loss starts from timestamp 0, unpaired', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'sensed', currentTemperature: 23 })
  bench.do({ type: 'rebooted', loseMemory: true })
  t.equal(bench.firmware.paired, false)
  t.match(bench.bucket('shared'), { revision: 0, timestamp: 0, value: { current_temperature: 23 } })
  t.equal(bench.firmware.buckets.size, 3)
})

t.test(
  'what the server gives back after memory loss is not overwritten by the upload',
  async (t) => {
    const bench = new Bench().boot()
    bench.hold()
    bench.push(
      object(SHARED, 7, START_MS - 5, { target_temperature: 20.3 }),
      object(SCHEDULE, 3, START_MS - 5, schedule()),
    )
    bench.advance(500)
    t.match(bench.putValue('shared'), { target_temperature: 20.3 })
    t.equal(bench.putValue('schedule'), undefined)
  },
)

t.test('below 3.6 V it is offline, and comes back with the battery', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'sensed', batteryVolts: 3.59 })
  t.same(bench.firmware.screen, { phase: 'batteryLow' })
  t.same(bench.firmware.subscriptionIds, [])
  const sent = bench.requests().length
  bench.advance(1_000_000)
  t.equal(bench.requests().length, sent)
  bench.do({ type: 'sensed', batteryVolts: 3.8 })
  t.match(bench.firmware.screen, { phase: 'paired' })
  t.equal(bench.last('entry').id > sent, true)
})

t.test('a pushed device.eco manual-eco sends it to eco as well', async (t) => {
  const bench = new Bench().settled()
  const eco = { mode: 'manual-eco', touched_by: 3, mode_update_timestamp: nowS(bench) }
  bench.push(object(DEVICE, 2, bench.nowMs + 1, { eco }))
  t.equal(ecoMode(bench), 'manual-eco')
  t.match(bench.notes('ecoEntered'), [{ by: 'server' }])
})

t.test(
  'a mode set and a schedule edited at the thermostat are put, the schedule whole',
  async (t) => {
    const bench = new Bench().settled()
    bench.do({ type: 'modeSet', mode: 'cool' })
    t.match(bench.putValue('shared'), { target_temperature_type: 'cool' })
    bench.receipts()
    bench.do({ type: 'scheduleEdited', schedule: { ...schedule() } })
    t.same(bench.putValue('schedule'), schedule())
  },
)

t.test('heat stops at the setpoint, and cool follows the mode', async (t) => {
  const bench = new Bench().settled()
  const screen = () => bench.firmware.screen
  bench.do({ type: 'scheduleTransition', celsius: 21.5 })
  t.match(screen(), { heating: true, cooling: false })
  bench.do({ type: 'sensed', currentTemperature: 21.4 })
  t.match(screen(), { heating: true })
  bench.do({ type: 'sensed', currentTemperature: 21.5 })
  t.match(screen(), { heating: false })
  bench.do({ type: 'sensed', currentTemperature: 25 })
  bench.do({ type: 'modeSet', mode: 'range' })
  t.match(screen(), { heating: false, cooling: true })
  bench.do({ type: 'ecoPressed' })
  t.match(screen(), { cooling: false }, 'eco cools only above its own limit')
})
