import t from 'tap'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import {
  confirmInto,
  DEVICE_FIRST_MS,
  deliverOnSubscribe,
  doubted,
  earliestPush,
  isEvidence,
  MAX_SENDS,
  planPush,
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
  // While our clock lags, the device counts on by itself, so a push keeps a second ahead.
  const second = 1001
  t.strictSame(version({}), [6, NOW_MS])
  t.strictSame(version({}, [], NOW_MS + 500), [6, NOW_MS + 500 + second], 'than what it lists')
  t.strictSame(version({}, [], NOW_MS - 2000), [6, NOW_MS], 'the clock alone, where it leads')
  t.strictSame(version({}, [], 0, 0), [6, stored.timestamp + second], 'with the clock in 1970')
  t.strictSame(
    version({}, [sentChange({ id: 2, push: pushed(9, NOW_MS + 3) })]),
    [10, NOW_MS + 3 + second],
    'than other changes on their way',
  )
  t.strictSame(
    version({}, [sentChange({ id: 2, state: 'expired', push: pushed(9, NOW_MS + 3) })]),
    [10, NOW_MS + 3 + second],
    'and than what ended under way',
  )
  const given = { push: pushed(6, NOW_MS - 10) }
  t.strictSame(version(given), [6, NOW_MS - 10], 'kept, so that a repeat is applied once')
  t.strictSame(
    version(given, [], NOW_MS - 10),
    [7, NOW_MS - 10 + second],
    'unless the device could not accept it any more',
  )
})

t.test('D5: a version is kept only while its times are fresh', async (t) => {
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

t.test('a version is kept only for what it carried', async (t) => {
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
    'each is proven from the first version it went out under',
  )
})

t.test('since: the first version it went out under without a put in between', async (t) => {
  const once = planPush([change()], [], known, now())?.changes[0] ?? change()
  const twice = planPush([once], [], { stored, listedTimestamp: NOW_MS }, now(300_000))
  t.match(twice?.changes[0]?.push, {
    revision: 7,
    timestamp: NOW_MS + 300_000,
    since: { revision: 6, timestamp: NOW_MS },
  })
  const overtakenOnce = planPush([doubted(once)], [], known, now(300_000))
  t.match(
    overtakenOnce?.changes[0]?.push?.since,
    { revision: 7, timestamp: NOW_MS + 300_000 },
    'a put in between starts it anew: the receipt gave the device the revisions before',
  )
  t.match(doubted(sentChange()), { state: 'queued', push: { revision: 6, since: null } })
  t.strictSame(doubted(change()), change(), 'what never went out is not in doubt')
})

t.test('D1: queued becomes sent when it was written', async (t) => {
  const planned = change({ push: pushed(6, NOW_MS) })
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
  const push = pushed(6, NOW_MS)
  const twice = pushed(8, NOW_MS + 90, { since: { revision: 6, timestamp: NOW_MS } })
  const doubtful = pushed(6, NOW_MS, { since: null })
  const rows: [string, Partial<Change>, [number, number], storedRevision: number, boolean][] = [
    ['exactly it', { push, state: 'sent' }, [6, NOW_MS], 5, true],
    ['exactly it, though doubted', { push: doubtful, state: 'queued' }, [6, NOW_MS], 6, true],
    ['exactly it, though over', { push, state: 'expired' }, [6, NOW_MS], 5, true],
    ['something later built on it', { push, state: 'sent' }, [7, NOW_MS + 9], 5, true],
    ['something older', { push, state: 'sent' }, [5, NOW_MS - 9], 5, false],
    ['its own doing, later', { push, state: 'sent' }, [5, NOW_MS + 9], 5, false],
    ['the first send of two', { push: twice, state: 'sent' }, [6, NOW_MS], 5, true],
    ['built on the first send', { push: twice, state: 'sent' }, [6, NOW_MS + 9], 5, true],
    ['a receipt in between', { push: doubtful, state: 'queued' }, [7, NOW_MS + 9], 7, false],
    ['more than any receipt gave', { push, state: 'queued' }, [8, NOW_MS + 9], 7, true],
    ['over: a later push', { push, state: 'ignored' }, [7, NOW_MS + 9], 5, false],
    ['never pushed', { push: null }, [7, NOW_MS], 5, false],
  ]
  for (const [name, over, [revision, timestamp], storedRevision, shows] of rows) {
    t.equal(showsPush(change(over), { revision, timestamp }, storedRevision), shows, name)
  }
})

t.test('isEvidence: what revisions count as proof', async (t) => {
  const push = pushed(6, NOW_MS)
  const rows: [string, Partial<Change>, revision: number, storedRevision: number, boolean][] = [
    ['sent: whatever the device names', { state: 'sent', push }, 6, 9, true],
    ['queued: a receipt may have given it', { state: 'queued', push }, 6, 6, false],
    ['queued: no receipt gave it', { state: 'queued', push }, 7, 6, true],
    ['over: its own', { state: 'expired', push }, 6, 5, true],
    ['over: a receipt may have given it', { state: 'expired', push }, 6, 6, false],
    ['over: a later push no longer carries it', { state: 'expired', push }, 7, 5, false],
  ]
  for (const [name, over, revision, storedRevision, expected] of rows) {
    t.equal(isEvidence(change(over), revision, storedRevision), expected, name)
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
  const twice = sentChange({ push: pushed(8, NOW_MS, { since: { revision: 6, timestamp: 1 } }) })
  t.equal(confirmInto(stored, [twice], SHARED, 6).revision, 6, 'no more than the device showed')
  const eco = sentChange({ fields: { eco: { mode: 'schedule', mode_update_timestamp: 1 } } })
  const own = bucket(SHARED, { eco: { mode: 'schedule', mode_update_timestamp: 77 } })
  t.strictSame(confirmInto(own, [eco], SHARED).value, own.value, "in the device's own words")
})

t.test('what the bucket holds once the device repeated the values of a change', async (t) => {
  t.match(withValuesOf(stored, [sentChange()], SHARED), {
    revision: 5,
    timestamp: stored.timestamp,
    value: { target_temperature: 21, can_heat: true },
  })
})

t.test('a subscribe settles, repeats or gives up (D1, D3)', async (t) => {
  const on = (tracked: Change[], listed: [number, number] | undefined) => {
    const { reached, changes, due, retryAtSteadyMs } = deliverOnSubscribe(
      tracked,
      listed && { revision: listed[0], timestamp: listed[1] },
      stored,
      undefined,
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
    ['never sent: now', change(), old, { ...quiet, due: 1 }],
    ['a bucket it does not list: now', change(), undefined, { ...quiet, due: 1 }],
    ['not there yet: again', sentChange(), old, { ...quiet, due: 1 }],
    ['there', sentChange(), has, confirmed],
    ['five tries', exhausted, old, { ...quiet, changes: ['ignored, tracked'] }],
    ['five tries, but there now', exhausted, has, confirmed],
    ['given up too early', over('ignored'), has, confirmed],
    ['expired, but there', over('expired'), has, confirmed],
    ['superseded, but there', over('superseded'), has, { ...confirmed, changes: ['superseded'] }],
    ['over and not there: never again', over('expired'), old, quiet],
    ['over, and never listed', over('superseded'), undefined, quiet],
    ['the device is about to put: it speaks first', change(), ahead, retry],
    [
      'and what it was sent before is in doubt by then',
      sentChange(),
      ahead,
      { ...retry, changes: ['queued, tracked'] },
    ],
  ]
  for (const [name, one, listed, expected] of rows) t.strictSame(on([one], listed), expected, name)
})

t.test('a subscribe gives the changes as they were, to be merged into the bucket', async (t) => {
  const one = sentChange()
  const { reached } = deliverOnSubscribe([one], one.push ?? undefined, stored, undefined, now())
  t.equal(reached[0], one)
})

t.test('D6: schedules keep their distance', async (t) => {
  const week = change({ objectKey: SCHEDULE, kind: 'schedule', fields: { days: {} } })
  const at = now().steadyMs
  const sentOnce = { ...week, sends: 1, sentAt: now() }
  t.equal(earliestPush(change(), at, now()), 0, 'other changes do not wait')
  t.equal(earliestPush(week, undefined, now()), 0, 'the first goes out at once')
  t.equal(earliestPush(week, at, now()), at + SCHEDULE_GAP_MS)
  t.equal(earliestPush(sentOnce, at, now(7_000)), at + SCHEDULE_RESEND_MS)
  const restarted = { wallMs: NOW_MS + 7_000, steadyMs: at - 5_000_000 }
  t.equal(
    earliestPush(sentOnce, undefined, restarted),
    0,
    'one sent in another life of the steady clock does not wait for years',
  )

  const before = bucket(SCHEDULE, {})
  const early = deliverOnSubscribe([week], before, before, at, now(SCHEDULE_GAP_MS - 1))
  t.match(early, { due: [], retryAtSteadyMs: at + SCHEDULE_GAP_MS })
  const due = deliverOnSubscribe([week], before, before, at, now(SCHEDULE_GAP_MS))
  t.equal(due.due.length, 1)
})
