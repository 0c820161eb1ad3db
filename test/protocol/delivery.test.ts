import t from 'tap'
import type { Change } from '../../src/protocol/change.ts'
import {
  confirmInto,
  DEVICE_FIRST_MS,
  deliverOnSubscribe,
  earliestPush,
  MAX_SENDS,
  planPush,
  SCHEDULE_GAP_MS,
  SCHEDULE_RESEND_MS,
  sent,
  showsPush,
} from '../../src/protocol/delivery.ts'
import { bucket, change, NOW_MS, NOW_S, now, SCHEDULE, SHARED, sentChange } from './make.ts'

const stored = bucket(SHARED, { target_temperature: 19, can_heat: true })
const known = { stored, listedTimestamp: 0 }

t.test('a push holds the fields of the command and nothing else', async (t) => {
  const plan = planPush([change()], [], known, now(1500))
  t.strictSame(plan?.object, {
    objectKey: SHARED,
    revision: 6,
    timestamp: NOW_MS + 1500,
    value: {
      target_temperature: 21,
      target_change_pending: true,
      touched_by: { touched_by: 3, touched_at: NOW_S + 1, touched_user_id: '' },
    },
  })
  t.strictSame(plan?.changes[0]?.push, { revision: 6, timestamp: NOW_MS + 1500 })
  t.equal(planPush([], [], known, now()), undefined)
})

t.test('changes of one bucket travel in one push, the later one last', async (t) => {
  const plan = planPush(
    [
      change({ id: 1, fields: { target_temperature: 21, name: 'a' } }),
      change({ id: 2, fields: { target_temperature: 22 } }),
    ],
    [],
    known,
    now(),
  )
  t.strictSame(plan?.object.value, { target_temperature: 22, name: 'a' })
  t.equal(plan?.changes.length, 2)
})

t.test('S10: the version of a push is newer than all that is known', async (t) => {
  const version = (
    over: Partial<Change>,
    others: Change[] = [],
    listedTimestamp = 0,
    nowMs = NOW_MS,
  ) => {
    const plan = planPush(
      [change(over)],
      others,
      { stored, listedTimestamp },
      { wallMs: nowMs, steadyMs: 0 },
    )
    return [plan?.object.revision, plan?.object.timestamp]
  }
  t.strictSame(version({}), [6, NOW_MS])
  t.strictSame(version({}, [], NOW_MS + 500), [6, NOW_MS + 501], 'than what the device lists')
  t.strictSame(version({}, [], 0, 0), [6, stored.timestamp + 1], 'although the clock is in 1970')
  t.strictSame(
    version({}, [sentChange({ id: 2, push: { revision: 9, timestamp: NOW_MS + 3 } })]),
    [10, NOW_MS + 4],
    'than other changes on their way',
  )
  const given = { push: { revision: 6, timestamp: NOW_MS - 10 } }
  t.strictSame(version(given), [6, NOW_MS - 10], 'kept, so that a repeat is applied once')
  t.strictSame(
    version(given, [], NOW_MS - 10),
    [7, NOW_MS],
    'unless the device could not accept it any more',
  )
})

t.test('D1: queued becomes sent when it was written', async (t) => {
  const planned = change({ push: { revision: 6, timestamp: NOW_MS } })
  t.match(sent(planned, NOW_MS, stored.timestamp, now()), {
    state: 'sent',
    sends: 1,
    sentAt: now(),
  })
  t.match(
    sent(planned, NOW_MS, NOW_MS, now()),
    { state: 'queued', sends: 1 },
    'a put overtook it: the device may drop it',
  )
  t.match(sent(planned, NOW_MS - 1, 0, now()), { state: 'queued' }, 'an earlier version of it')
  const once = sent(planned, NOW_MS, 0, now())
  t.equal(sent(once, NOW_MS, 0, now(4_999)).sends, 1, 'two subscriptions at once are one try')
  t.equal(sent(once, NOW_MS, 0, now(5_000)).sends, 2)
})

t.test('D1: what a device lists shows whether it has a push', async (t) => {
  const push = { revision: 6, timestamp: NOW_MS }
  const cases: [string, Partial<Change>, [number, number], boolean][] = [
    ['exactly it', { push, state: 'sent' }, [6, NOW_MS], true],
    ['exactly it, though doubted', { push, state: 'queued' }, [6, NOW_MS], true],
    ['something later built on it', { push, state: 'sent' }, [7, NOW_MS + 9], true],
    ['something older', { push, state: 'sent' }, [5, NOW_MS - 9], false],
    ['its own doing, later', { push, state: 'sent' }, [5, NOW_MS + 9], false],
    ['later, but doubted', { push, state: 'queued' }, [7, NOW_MS + 9], false],
    ['never pushed', { push: null }, [7, NOW_MS], false],
  ]
  for (const [name, over, [revision, timestamp], shows] of cases) {
    t.equal(showsPush(change(over), { revision, timestamp }), shows, name)
  }
})

t.test('what the bucket holds once the device has a change', async (t) => {
  const confirmed = confirmInto(stored, [sentChange()], SHARED)
  t.match(confirmed, {
    revision: 6,
    timestamp: NOW_MS,
    value: { target_temperature: 21, target_change_pending: true, can_heat: true },
  })
  t.match(confirmInto(undefined, [sentChange()], SHARED), { revision: 6, timestamp: NOW_MS })
})

t.test('a subscribe settles, repeats or gives up (D1, D3)', async (t) => {
  const on = (open: Change[], listed: [number, number] | undefined) => {
    const { confirmed, ignored, due, retryAtSteadyMs } = deliverOnSubscribe(
      open,
      listed && { revision: listed[0], timestamp: listed[1] },
      stored,
      undefined,
      now(60_000),
    )
    return {
      confirmed: confirmed.map((one) => one.state),
      ignored: ignored.map((one) => one.state),
      due: due.length,
      retryAtSteadyMs,
    }
  }
  const quiet = { confirmed: [], ignored: [], due: 0, retryAtSteadyMs: undefined }
  const old: [number, number] = [5, stored.timestamp]
  t.strictSame(on([change()], old), { ...quiet, due: 1 }, 'never sent: now')
  t.strictSame(on([change()], undefined), { ...quiet, due: 1 }, 'a bucket it does not list: now')
  t.strictSame(on([sentChange()], old), { ...quiet, due: 1 }, 'not there yet: again')
  t.strictSame(on([sentChange()], [6, NOW_MS]), { ...quiet, confirmed: ['confirmed'] })
  t.strictSame(
    on([sentChange({ sends: MAX_SENDS })], old),
    { ...quiet, ignored: ['ignored'] },
    'five tries',
  )
  t.strictSame(
    on([sentChange({ sends: MAX_SENDS })], [6, NOW_MS]),
    { ...quiet, confirmed: ['confirmed'] },
    'unless it has it now',
  )
  t.strictSame(
    on([change()], [8, NOW_MS + 50_000]),
    { ...quiet, retryAtSteadyMs: now(60_000).steadyMs + DEVICE_FIRST_MS },
    'the device is about to put: it speaks first',
  )
})

t.test('D6: schedules keep their distance', async (t) => {
  const week = change({ objectKey: SCHEDULE, kind: 'schedule', fields: { days: {} } })
  const at = now().steadyMs
  t.equal(earliestPush(change(), at), 0, 'other changes do not wait')
  t.equal(earliestPush(week, undefined), 0, 'the first goes out at once')
  t.equal(earliestPush(week, at), at + SCHEDULE_GAP_MS)
  t.equal(earliestPush({ ...week, sends: 1, sentAt: now() }, at), at + SCHEDULE_RESEND_MS)

  const before = bucket(SCHEDULE, {})
  const early = deliverOnSubscribe([week], before, before, at, now(SCHEDULE_GAP_MS - 1))
  t.match(early, { due: [], retryAtSteadyMs: at + SCHEDULE_GAP_MS })
  const due = deliverOnSubscribe([week], before, before, at, now(SCHEDULE_GAP_MS))
  t.equal(due.due.length, 1)
})
