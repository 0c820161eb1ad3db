import t from 'tap'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import {
  confirmInto,
  DEVICE_FIRST_MS,
  deliverOnSubscribe,
  earliestPush,
  isEvidence,
  MAX_SENDS,
  type PushPace,
  planPush,
  requeueUnconfirmed,
  SCHEDULE_GAP_MS,
  SCHEDULE_RESEND_MS,
  sent,
  showsPush,
  withValuesOf,
} from '../../../src/protocol/delivery/delivery.ts'
import {
  bucket,
  change,
  NOW_MS,
  NOW_S,
  now,
  pushed,
  SCHEDULE,
  SHARED,
  sentChange,
} from '../make.ts'

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
  const version = { revision: 6, timestamp: NOW_MS + 1500 }
  t.strictSame(plan?.changes[0]?.push, {
    ...version,
    stampedAtMs: NOW_MS + 1500,
    since: version,
  })
  t.equal(planPush([], [], known, now()), undefined)
})

t.test('changes of one bucket go out in one push, and the later one wins', async (t) => {
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

t.test('S10: the version of a push is newer than every known version', async (t) => {
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
  // While the server's clock lags, the device counts on by itself: a push keeps a second's distance.
  const second = 1001
  t.strictSame(version({}), [6, NOW_MS])
  t.strictSame(
    version({}, [], NOW_MS + 500),
    [6, NOW_MS + 500 + second],
    'newer than the listed one',
  )
  t.strictSame(version({}, [], NOW_MS - 2000), [6, NOW_MS], 'the clock alone, when it is ahead')
  t.strictSame(
    version({}, [], 0, 0),
    [6, stored.timestamp + second],
    'newer than the stored one, with the clock in 1970',
  )
  t.strictSame(
    version({}, [sentChange({ id: 2, push: pushed(9, NOW_MS + 3) })]),
    [10, NOW_MS + 3 + second],
    'newer than other pushes',
  )
  t.strictSame(
    version({}, [sentChange({ id: 2, state: 'expired', push: pushed(9, NOW_MS + 3) })]),
    [10, NOW_MS + 3 + second],
    'newer than the push of an ended change',
  )
  const given = { push: pushed(6, NOW_MS - 10) }
  t.strictSame(
    version(given),
    [6, NOW_MS - 10],
    'a repeated push keeps its version, so that it is applied once',
  )
  t.strictSame(
    version(given, [], NOW_MS - 10),
    [7, NOW_MS - 10 + second],
    'unless the device can no longer accept it',
  )
})

t.test('D5: a repeated push keeps its version for four minutes', async (t) => {
  const given = pushed(6, NOW_MS)
  const again = (afterMs: number) => planPush([change({ push: given })], [], known, now(afterMs))
  t.match(again(239_999)?.object, { revision: 6, timestamp: NOW_MS })
  t.match(again(239_999)?.object.value, { touched_by: { touched_at: NOW_S } }, 'the same bytes')
  const late = again(240_000)
  t.match(late?.object, { revision: 7, timestamp: NOW_MS + 240_000 })
  t.match(late?.object.value, { touched_by: { touched_at: NOW_S + 240 } })
  t.match(late?.changes[0]?.push, { stampedAtMs: NOW_MS + 240_000, since: given.since })
  t.match(again(-3_600_000)?.object, { revision: 7, timestamp: NOW_MS + 1001 }, 'a clock set back')
})

t.test('a repeated push with another field gets a new version', async (t) => {
  const first = change({ id: 1, push: pushed(6, NOW_MS) })
  const added = change({ id: 2, fields: { name: 'x' } })
  const plan = planPush([first, added], [], known, now(10))
  t.match(plan?.object, { revision: 7, timestamp: NOW_MS + 1001 })
  t.match(
    plan?.changes.map(({ push }) => push?.since),
    [
      { revision: 6, timestamp: NOW_MS },
      { revision: 7, timestamp: NOW_MS + 1001 },
    ],
    'each change is proven by its own first version',
  )
})

t.test('since is the first version after the last put', async (t) => {
  const once = planPush([change()], [], known, now())?.changes[0] ?? change()
  const twice = planPush([once], [], { stored, listedTimestamp: NOW_MS }, now(300_000))
  t.match(twice?.changes[0]?.push, {
    revision: 7,
    timestamp: NOW_MS + 300_000,
    since: { revision: 6, timestamp: NOW_MS },
  })
  const overtakenOnce = planPush([requeueUnconfirmed(once)], [], known, now(300_000))
  t.match(
    overtakenOnce?.changes[0]?.push?.since,
    { revision: 7, timestamp: NOW_MS + 300_000 },
    'a put starts it anew: its receipt gave the device the earlier revisions',
  )
  t.match(requeueUnconfirmed(sentChange()), { state: 'queued', push: { revision: 6, since: null } })
  t.strictSame(
    requeueUnconfirmed(change()),
    change(),
    'a change that was never pushed stays as it is',
  )
})

t.test('D1: a queued change becomes sent when it is written', async (t) => {
  const planned = change({ push: pushed(6, NOW_MS) })
  t.match(sent(planned, NOW_MS, stored.timestamp, now()), {
    state: 'sent',
    sends: 1,
    sentAt: now(),
  })
  t.match(
    sent(planned, NOW_MS, NOW_MS, now()),
    { state: 'queued', sends: 1 },
    'a put overtook the push: the device may drop it',
  )
  t.match(
    sent(planned, NOW_MS - 1, 0, now()),
    { state: 'queued' },
    'an earlier version was written',
  )
  const once = sent(planned, NOW_MS, 0, now())
  t.equal(sent(once, NOW_MS, 0, now(4_999)).sends, 1, 'writes to two subscriptions count once')
  t.equal(sent(once, NOW_MS, 0, now(5_000)).sends, 2)
})

t.test('D1: a listed version shows whether the device has a push', async (t) => {
  const push = pushed(6, NOW_MS)
  const twice = pushed(8, NOW_MS + 90, { since: { revision: 6, timestamp: NOW_MS } })
  const requeued = pushed(6, NOW_MS, { since: null })
  const rows: [string, Partial<Change>, [number, number], storedRevision: number, boolean][] = [
    ['exactly it', { push, state: 'sent' }, [6, NOW_MS], 5, true],
    ['exactly it, though queued again', { push: requeued, state: 'queued' }, [6, NOW_MS], 6, true],
    ['exactly it, though ended', { push, state: 'expired' }, [6, NOW_MS], 5, true],
    ['a later version built on it', { push, state: 'sent' }, [7, NOW_MS + 9], 5, true],
    ['an older version', { push, state: 'sent' }, [5, NOW_MS - 9], 5, false],
    ['a later version of the device itself', { push, state: 'sent' }, [5, NOW_MS + 9], 5, false],
    ['the first send of two', { push: twice, state: 'sent' }, [6, NOW_MS], 5, true],
    ['built on the first send', { push: twice, state: 'sent' }, [6, NOW_MS + 9], 5, true],
    ['a receipt in between', { push: requeued, state: 'queued' }, [7, NOW_MS + 9], 7, false],
    ['a later revision than any receipt gave', { push, state: 'queued' }, [8, NOW_MS + 9], 7, true],
    ['ended: a later push', { push, state: 'ignored' }, [7, NOW_MS + 9], 5, false],
    ['never pushed', { push: null }, [7, NOW_MS], 5, false],
  ]
  for (const [name, over, [revision, timestamp], storedRevision, shows] of rows) {
    t.equal(showsPush(change(over), { revision, timestamp }, storedRevision), shows, name)
  }
})

t.test('D1: a revision proves a push only when no receipt can have given it', async (t) => {
  const push = pushed(6, NOW_MS)
  const rows: [string, Partial<Change>, revision: number, storedRevision: number, boolean][] = [
    ['sent: any revision', { state: 'sent', push }, 6, 9, true],
    ['queued: a receipt may have given it', { state: 'queued', push }, 6, 6, false],
    ['queued: no receipt gave it', { state: 'queued', push }, 7, 6, true],
    ['ended: its own', { state: 'expired', push }, 6, 5, true],
    ['ended: a receipt may have given it', { state: 'expired', push }, 6, 6, false],
    ['ended: a later push does not carry it', { state: 'expired', push }, 7, 5, false],
  ]
  for (const [name, over, revision, storedRevision, expected] of rows) {
    t.equal(isEvidence(change(over), revision, storedRevision), expected, name)
  }
})

t.test('a confirmed change brings its values and its version into the bucket', async (t) => {
  const confirmed = confirmInto(stored, [sentChange()], SHARED)
  t.match(confirmed, {
    revision: 6,
    timestamp: NOW_MS,
    value: { target_temperature: 21, target_change_pending: true, can_heat: true },
  })
  t.match(confirmInto(undefined, [sentChange()], SHARED), { revision: 6, timestamp: NOW_MS })
  const twice = sentChange({ push: pushed(8, NOW_MS, { since: { revision: 6, timestamp: 1 } }) })
  t.equal(
    confirmInto(stored, [twice], SHARED, 6).revision,
    6,
    'at most the revision that the device shows',
  )
  const eco = sentChange({ fields: { eco: { mode: 'schedule', mode_update_timestamp: 1 } } })
  const own = bucket(SHARED, { eco: { mode: 'schedule', mode_update_timestamp: 77 } })
  t.strictSame(confirmInto(own, [eco], SHARED).value, own.value, "the device's own times stay")
})

t.test('values that the device repeats leave the version of the bucket as it is', async (t) => {
  t.match(withValuesOf(stored, [sentChange()], SHARED), {
    revision: 5,
    timestamp: stored.timestamp,
    value: { target_temperature: 21, can_heat: true },
  })
})

/** Of a thermostat that does not poll. */
const pace = (lastSchedulePushSteadyMs?: number): PushPace => ({
  lastSchedulePushSteadyMs,
  polls: false,
})

t.test('D1, D3: a subscribe confirms a change, sends it again, or gives it up', async (t) => {
  const on = (tracked: Change[], listed: [number, number] | undefined) => {
    const { reached, changes, due, retryAtSteadyMs } = deliverOnSubscribe(
      tracked,
      listed && { revision: listed[0], timestamp: listed[1] },
      stored,
      pace(),
      now(60_000),
    )
    return {
      reached: reached.length,
      changes: changes.map(({ state, settled }) => `${state}${settled ? '' : ', tracked'}`),
      due: due.length,
      retryAtSteadyMs,
    }
  }
  const quiet = { reached: 0, changes: [], due: 0, retryAtSteadyMs: undefined }
  const confirmed = { ...quiet, reached: 1, changes: ['confirmed'] }
  const old: [number, number] = [5, stored.timestamp]
  const has: [number, number] = [6, NOW_MS]
  const over = (state: Change['state']) => sentChange({ state, endedAtMs: NOW_MS })
  const exhausted = sentChange({ sends: MAX_SENDS })
  const ahead: [number, number] = [5, NOW_MS + 50_000]
  const retry = { ...quiet, retryAtSteadyMs: now(60_000).steadyMs + DEVICE_FIRST_MS }
  type Row = [string, Change, [number, number] | undefined, ReturnType<typeof on>]
  const rows: Row[] = [
    ['never sent: push it', change(), old, { ...quiet, due: 1 }],
    ['a bucket that the device does not list: push it', change(), undefined, { ...quiet, due: 1 }],
    ['sent, not shown: push it again', sentChange(), old, { ...quiet, due: 1 }],
    ['shown', sentChange(), has, confirmed],
    ['sent five times', exhausted, old, { ...quiet, changes: ['ignored, tracked'] }],
    ['sent five times, shown now', exhausted, has, confirmed],
    ['ignored, but shown', over('ignored'), has, confirmed],
    ['expired, but shown', over('expired'), has, confirmed],
    ['superseded, but shown', over('superseded'), has, { ...confirmed, changes: ['superseded'] }],
    ['ended and not shown: never again', over('expired'), old, quiet],
    ['ended, and not listed', over('superseded'), undefined, quiet],
    ['the device is about to put: wait for the put', change(), ahead, retry],
    [
      'the device is about to put: queue a sent change again',
      sentChange(),
      ahead,
      { ...retry, changes: ['queued, tracked'] },
    ],
  ]
  for (const [name, one, listed, expected] of rows) t.strictSame(on([one], listed), expected, name)
})

t.test(
  'a subscribe returns delivered changes as they were, to be merged into the bucket',
  async (t) => {
    const one = sentChange()
    const { reached } = deliverOnSubscribe([one], one.push ?? undefined, stored, pace(), now())
    t.equal(reached[0], one)
  },
)

t.test('D6: 15 s between two schedules, 45 s before the same one is sent again', async (t) => {
  const week = change({ objectKey: SCHEDULE, kind: 'schedule', fields: { days: {} } })
  const at = now().steadyMs
  const sentOnce = { ...week, sends: 1, sentAt: now() }
  t.equal(earliestPush(change(), pace(at), now()), 0, 'other changes never wait')
  t.equal(earliestPush(week, pace(), now()), 0, 'the first goes out at once')
  t.equal(earliestPush(week, pace(at), now()), at + SCHEDULE_GAP_MS)
  t.equal(earliestPush(sentOnce, pace(at), now(7_000)), at + SCHEDULE_RESEND_MS)
  const restarted = { wallMs: NOW_MS + 7_000, steadyMs: at - 5_000_000 }
  t.equal(
    earliestPush(sentOnce, pace(), restarted),
    0,
    'a steady clock that restarted does not delay it for years',
  )

  const before = bucket(SCHEDULE, {})
  const early = deliverOnSubscribe([week], before, before, pace(at), now(SCHEDULE_GAP_MS - 1))
  t.match(early, { due: [], retryAtSteadyMs: at + SCHEDULE_GAP_MS })
  const due = deliverOnSubscribe([week], before, before, pace(at), now(SCHEDULE_GAP_MS))
  t.equal(due.due.length, 1)
})
