import t from 'tap'
import {
  decideExpiry,
  decideNotify,
  decideRetry,
  decideSent,
} from '../../../src/protocol/delivery/decide-delivery.ts'
import type { Push } from '../../../src/protocol/transport/hold.ts'
import {
  bucket,
  change,
  held,
  input,
  NOW_MS,
  now,
  pushed,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

const shared = bucket(SHARED, { target_temperature: 20 })

t.test(
  'D1: a written push marks its changes as sent, and writes close together count once',
  async (t) => {
    const queued = change({ push: pushed(6, NOW_MS) })
    const before = state({ changes: [queued] }, shared)
    const push: Push = {
      objects: [shared],
      carries: [{ changeId: 1, objectKey: SHARED, timestamp: NOW_MS, kind: 'setpoint' }],
    }
    const first = decideSent(input(before), push, false)
    t.match(first.moved, [{ state: 'sent', sends: 1 }])
    const second = decideSent(input(first.state, { now: now(1_000) }), push, false)
    t.equal(second.state, first.state)
    t.strictSame(
      decideSent(input(state({}, shared)), push, false).moved,
      [],
      'an ended change stays as it is',
    )
  },
)

t.test(
  'D3, D6: a retry pushes queued changes and schedules, and no other change that was sent',
  async (t) => {
    const sentWeek = sentChange({
      id: 2,
      kind: 'schedule',
      objectKey: 'schedule.X',
      fields: { days: {} },
    })
    const before = state({ changes: [sentChange(), sentWeek] }, shared)
    const retry = (afterMs: number) =>
      decideRetry(input(before, { held: held({}), now: now(afterMs) }))
    t.equal(retry(44_000).reply, false)
    t.equal(retry(44_000).retryAtSteadyMs, now(45_000).steadyMs)
    t.strictSame(
      retry(45_000).pushes[0]?.carries.map(({ changeId }) => changeId),
      [2],
    )
    t.equal(decideRetry(input(before, { now: now(45_000) })).reply, false, 'no connection is held')
  },
)

t.test(
  'notify counts the held connections, and is undefined for an unknown thermostat',
  async (t) => {
    const before = state({ changes: [change()] }, shared)
    t.equal(decideNotify(input(before, { held: held({}, 2) })).reply, 2)
    t.equal(decideNotify(input(before)).reply, 0)
    t.equal(decideNotify(input(state({ device: undefined }))).reply, undefined)
  },
)

t.test('D4: an overdue change expires, and is not pushed any more', async (t) => {
  const before = state({ changes: [change()] }, shared)
  const late = { now: now(30 * 60_000), held: held({}) }
  t.match(decideExpiry(input(before, late)).moved, [{ state: 'expired' }])
  t.strictSame(decideExpiry(input(before)).moved, [])
  t.equal(decideRetry(input(before, late)).reply, false)
})
