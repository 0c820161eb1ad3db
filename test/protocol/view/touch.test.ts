import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import type { DeviceView } from '../../../src/protocol/view/device-view.ts'
import { ownTouch, reportedTouchOffsetS } from '../../../src/protocol/view/touch.ts'
import { bucket, NOW_S, SCHEDULE, view } from '../make.ts'

function touchedView(shared: JsonObject, device: JsonObject = {}, days?: JsonObject): DeviceView {
  const schedule = days === undefined ? undefined : bucket(SCHEDULE, { ver: 2, days })
  return view({ shared, device, schedule })
}

const touch = (by: number, at: number, tzo: unknown) =>
  ({ touched_by: by, touched_at: at, touched_tzo: tzo }) as JsonObject
const ours = (at: number, tzo: number) => ({ ...touch(3, at, tzo), touched_user_id: '' })

t.test('the offset is the one that the thermostat noted last, wherever', async (t) => {
  const cases: [string, DeviceView, number | undefined][] = [
    ['never', touchedView({ touched_by: {} }, { touched_by: {} }), undefined],
    ['in shared', touchedView({ touched_by: touch(2, 10, -18_000) }), -18_000],
    ['in device', touchedView({}, { touched_by: touch(1, 10, 3600) }), 3600],
    [
      'in an entry of the schedule',
      touchedView({}, {}, { 0: { 1: { ...touch(2, 10, 7200), time: 0, temp: 20 } } }),
      7200,
    ],
    [
      'the latest of them',
      touchedView({ touched_by: touch(2, 10, 3600) }, {}, { 0: { 0: touch(1, 20, 7200) } }),
      7200,
    ],
    ['days as lists', touchedView({}, {}, { 0: [touch(1, 20, 0)] }), 0],
    ['without a time', touchedView({ touched_by: { touched_tzo: 3600 } }), 3600],
    ['a command of nle carries it on', touchedView({ touched_by: ours(NOW_S, 3600) }), 3600],
    [
      'its own note before a later command',
      touchedView({ touched_by: ours(NOW_S, 3600) }, { touched_by: touch(2, 20, 7200) }),
      7200,
    ],
    ['no number', touchedView({ touched_by: touch(2, 10, '3600') }), undefined],
    ['no zone', touchedView({ touched_by: touch(2, 10, 90_000) }), undefined],
    ['not whole', touchedView({ touched_by: touch(2, 10, 0.5) }), undefined],
    ['no object', touchedView({ touched_by: 3 }, { touched_by: null }), undefined],
  ]
  for (const [name, of, expected] of cases) t.equal(reportedTouchOffsetS(of), expected, name)
})

t.test("a note that a command made is not the thermostat's own", async (t) => {
  t.equal(ownTouch(touchedView({ touched_by: ours(NOW_S, 3600) })), undefined)
  t.strictSame(ownTouch(touchedView({ touched_by: touch(2, 10, 3600) })), {
    atS: 10,
    offsetS: 3600,
  })
})
