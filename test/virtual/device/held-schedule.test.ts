import t from 'tap'
import { FirmwareHarness, object, SERIAL, START_MS, schedule } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`
const SCHEDULE = `schedule.${SERIAL}`

function pushSchedule(harness: FirmwareHarness, value: object): void {
  const { revision, timestamp } = harness.bucket('schedule')
  const offsetMs = harness.nowMs - START_MS + 1
  harness.push(object(SCHEDULE, revision + 1, timestamp + offsetMs, value))
}

t.test('applies a schedule after 15 s of quiet and replaces it whole (section 10)', async (t) => {
  const harness = new FirmwareHarness().settled()
  pushSchedule(harness, schedule())
  harness.end()
  harness.advance(14_999)
  harness.do({ type: 'timerFired', timer: 'scheduleQuiet' })
  t.equal(harness.bucket('schedule').value.name, 'Current schedule', 'not by an early timer')
  t.equal(harness.firmware.unsettled, true)
  harness.advance(1)
  t.same(harness.bucket('schedule').value, schedule())
  t.equal(harness.notes('scheduleApplied').length, 1)
  t.same(harness.violations, [])
})

t.test(
  'restarts the quiet period on a second schedule and reports one that comes too soon (D6)',
  async (t) => {
    const harness = new FirmwareHarness().settled()
    pushSchedule(harness, schedule())
    harness.advance(4000)
    pushSchedule(harness, schedule('HEAT', 'HEAT', 22))
    t.same(harness.violations, ['D6'])
    harness.end()
    harness.advance(14_999)
    t.equal(harness.notes('scheduleApplied').length, 0)
    harness.advance(1)
    t.same(harness.bucket('schedule').value, schedule('HEAT', 'HEAT', 22))
  },
)

t.test('counts the same schedule on two held connections as one push (S7, D6)', async (t) => {
  const harness = new FirmwareHarness({ maxSubscriptions: 2 }).settled()
  const pushed = object(SCHEDULE, 2, harness.nowMs + 1, schedule())
  harness.push(pushed)
  harness.do({ type: 'resubscribed' })
  harness.hold()
  harness.push(pushed)
  t.same(harness.violations, [])
})

t.test('ignores a schedule of another mode until shared.schedule_mode fits', async (t) => {
  const harness = new FirmwareHarness().settled()
  pushSchedule(harness, schedule('COOL'))
  harness.end()
  harness.advance(15_000)
  t.equal(harness.notes('scheduleIgnored').length, 1)
  harness.hold()
  pushSchedule(harness, schedule('COOL'))
  harness.push(object(SHARED, 5, harness.nowMs, { schedule_mode: 'COOL' }))
  harness.end()
  harness.advance(15_000)
  t.equal(harness.bucket('schedule').value.schedule_mode, 'COOL')
})

const BAD_SCHEDULES: [string, object][] = [
  ['entries of another type', schedule('HEAT', 'COOL')],
  ['days as a list', { schedule_mode: 'HEAT', days: [] }],
  ['a day as a list', { schedule_mode: 'HEAT', days: { '0': [] } }],
  ['an eighth day', { schedule_mode: 'HEAT', days: { '7': {} } }],
  ['no days', { schedule_mode: 'HEAT' }],
]
for (const [name, value] of BAD_SCHEDULES) {
  t.test(`reports and ignores a schedule with ${name} (section 7)`, async (t) => {
    const harness = new FirmwareHarness().settled()
    pushSchedule(harness, value)
    harness.end()
    harness.advance(15_000)
    t.same(harness.violations, ['§7'])
    t.equal(harness.bucket('schedule').value.name, 'Current schedule')
  })
}

t.test('clears the schedule on {"days":{}} in every mode', async (t) => {
  const harness = new FirmwareHarness().settled()
  pushSchedule(harness, { days: {} })
  harness.end()
  harness.advance(15_000)
  t.same(harness.bucket('schedule').value, { days: {} })
})
