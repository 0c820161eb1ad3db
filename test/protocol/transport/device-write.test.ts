import fc from 'fast-check'
import t from 'tap'
import { type Bucket, type JsonObject, sameValue } from '../../../src/protocol/bucket.ts'
import { type Change, isOpenChange } from '../../../src/protocol/delivery/change.ts'
import { applyDeviceWrite, type DeviceWrite } from '../../../src/protocol/transport/device-write.ts'
import {
  bucket,
  change,
  DEVICE,
  NOW_MS,
  NOW_S,
  now,
  pushed,
  SCHEDULE,
  SHARED,
  sentChange,
} from '../make.ts'

const stored = bucket(SHARED, { target_temperature: 19, can_heat: true })

function write(value: JsonObject, more: Partial<DeviceWrite> = {}): DeviceWrite {
  return { objectKey: SHARED, value, listedTimestamp: 0, ...more }
}

t.test('U2, U3: a put merges its fields under the next revision and a new timestamp', async (t) => {
  const result = applyDeviceWrite(stored, write({ target_temperature: 20, name: 'x' }), [], now())
  t.strictSame(result.bucket, {
    objectKey: SHARED,
    revision: 6,
    timestamp: NOW_MS,
    value: { target_temperature: 20, can_heat: true, name: 'x' },
  })
  t.equal(result.changed, true)
  t.strictSame(result.fields, { target_temperature: 20, name: 'x' })
})

t.test('U3: a put of the same values changes nothing', async (t) => {
  const result = applyDeviceWrite(stored, write({ target_temperature: 19 }), [], now())
  t.strictSame(result, {
    bucket: stored,
    changed: false,
    fields: {},
    changes: [],
    isDoubtful: false,
  })
})

t.test('U3, U5: an empty bucket is stored too', async (t) => {
  const first = applyDeviceWrite(undefined, write({}, { objectKey: 'tou.x' }), [], now())
  t.strictSame(first.bucket, { objectKey: 'tou.x', revision: 1, timestamp: NOW_MS, value: {} })
  t.equal(first.changed, true, 'or the server would ask for its upload for ever')
  t.equal(
    applyDeviceWrite(first.bucket, write({}, { objectKey: 'tou.x' }), [], now(9)).changed,
    false,
  )
})

t.test('U2: a schedule is replaced whole, so that a day can be removed', async (t) => {
  const week = bucket(SCHEDULE, { name: 'x', days: { 0: {}, 1: {} } })
  const put = write({ name: 'x', days: { 0: {} } }, { objectKey: SCHEDULE })
  t.strictSame(applyDeviceWrite(week, put, [], now()).bucket?.value, put.value)
  const less = write({ days: { 0: {}, 1: {} } }, { objectKey: SCHEDULE })
  t.match(applyDeviceWrite(week, less, [], now()), { changed: true, bucket: { revision: 6 } })
  const same = write(week.value, { objectKey: SCHEDULE })
  t.equal(applyDeviceWrite(week, same, [], now()).changed, false)
})

t.test('U4: a conditional put on another revision is not written', async (t) => {
  const refused = applyDeviceWrite(stored, write({ a: 1 }, { ifRevision: 4 }), [], now())
  t.strictSame(refused, {
    bucket: stored,
    changed: false,
    fields: {},
    changes: [],
    isDoubtful: false,
  })
  t.equal(applyDeviceWrite(stored, write({ a: 1 }, { ifRevision: 5 }), [], now()).changed, true)
  t.equal(
    applyDeviceWrite(stored, write({ a: 1 }, { baseRevision: 1 }), [], now()).changed,
    true,
    'a base revision is no condition',
  )
  const moved = write({ a: 1 }, { ifRevision: -23_671 })
  t.equal(applyDeviceWrite(undefined, moved, [], now()).changed, true, 'nothing to protect')
})

t.test('S10: a new timestamp is later than every push', async (t) => {
  const at = (listedTimestamp: number, open: Change[], wallMs: number) =>
    applyDeviceWrite(stored, write({ a: 1 }, { listedTimestamp }), open, { ...now(), wallMs })
      .bucket?.timestamp
  t.equal(at(0, [], 0), stored.timestamp + 1, 'although the clock is in 1970')
  t.equal(at(NOW_MS + 7, [], NOW_MS), NOW_MS + 8)
  const ahead = sentChange({ push: pushed(6, NOW_MS + 20) })
  t.equal(at(0, [ahead], NOW_MS), NOW_MS + 21)
})

t.test("section 4: a newer listed value takes over the device's own version", async (t) => {
  const adopt = { revision: 40, timestamp: stored.timestamp + 5 }
  t.strictSame(applyDeviceWrite(stored, write({ a: 1 }, { adopt }), [], now()).bucket, {
    objectKey: SHARED,
    ...adopt,
    value: { ...stored.value, a: 1 },
  })
  t.match(
    applyDeviceWrite(stored, write({ can_heat: true }, { adopt }), [], now()),
    { bucket: adopt, changed: true, fields: {} },
    'with equal values too: the device would be ahead for ever otherwise',
  )
})

t.test('S10: an adopted version never takes the bucket back in time', async (t) => {
  // The device had the push when it listed a value of its own, under a timestamp before the push.
  const adopt = { revision: 5, timestamp: stored.timestamp + 5 }
  const result = applyDeviceWrite(
    stored,
    write({ target_temperature: 21, auto_away: 1 }, { adopt }),
    [sentChange()],
    now(9),
  )
  t.match(result.changes, [{ state: 'confirmed' }])
  t.equal(result.bucket?.timestamp, NOW_MS + 9)
  t.equal(result.bucket?.revision, 6, 'the next one on file: equal values do not prove the push')
})

t.test(
  'U8: only a command sets target_change_pending to true, and false always wins',
  async (t) => {
    const pending = bucket(SHARED, { target_change_pending: true })
    const no = applyDeviceWrite(pending, write({ target_change_pending: false }), [], now())
    t.equal(no.bucket?.value.target_change_pending, false)
    const again = applyDeviceWrite(no.bucket, write({ target_change_pending: true }), [], now())
    t.equal(again.changed, false)
    t.equal(again.bucket?.value.target_change_pending, false)
  },
)

t.test('D1: a put confirms, supersedes or requeues an open change', async (t) => {
  const states = (open: Change, put: DeviceWrite, before: Bucket = stored) => {
    const [after = open] = applyDeviceWrite(before, put, [open], now(1000)).changes
    return after.state
  }
  const cases: [string, Change, DeviceWrite, string, Bucket?][] = [
    ['the same value', sentChange(), write({ target_temperature: 21 }), 'confirmed'],
    ['the same, rounded', sentChange(), write({ target_temperature: 21.004 }), 'confirmed'],
    ['before it was sent', change(), write({ target_temperature: 21 }), 'confirmed'],
    ['the dial, another value', sentChange(), write({ target_temperature: 17 }), 'superseded'],
    ['the dial, before it was sent', change(), write({ target_temperature: 17 }), 'superseded'],
    [
      'a first upload, while nothing was on file',
      change(),
      write({ target_temperature: 17, can_heat: true }),
      'queued',
      bucket(SHARED, {}),
    ],
    ['a full upload repeats the old value', change(), write({ target_temperature: 19 }), 'queued'],
    [
      'the dial, back to the old value',
      sentChange(),
      write({ target_temperature: 19 }),
      'superseded',
    ],
    [
      'an upload after it was sent repeats the old value: the receipt overtakes it',
      sentChange(),
      write({ target_temperature: 19, can_heat: true }),
      'queued',
    ],
    ['another field', change(), write({ can_heat: false }), 'queued'],
    [
      'another field, after it was sent: the receipt overtakes it',
      sentChange(),
      write({ can_heat: false }),
      'queued',
    ],
    ['an acknowledgment', sentChange(), write({ target_change_pending: false }), 'confirmed'],
    [
      'an acknowledgment of an earlier command',
      sentChange(),
      write({ target_change_pending: false }, { baseRevision: 5 }),
      'queued',
    ],
    [
      'an acknowledgment before it was sent',
      change(),
      write({ target_change_pending: false }),
      'queued',
    ],
    [
      'an acknowledgment with the old value: the dial was turned back',
      sentChange(),
      write({ target_change_pending: false, target_temperature: 19 }),
      'superseded',
    ],
    [
      'another field, built on the push',
      sentChange(),
      write({ can_heat: false }, { baseRevision: 6 }),
      'confirmed',
    ],
    [
      'U4: a conditional put on the revision of the push',
      sentChange(),
      write({ can_heat: false }, { ifRevision: 6 }),
      'confirmed',
    ],
    [
      'U4: a conditional put that crossed the push',
      sentChange(),
      write({ can_heat: false }, { ifRevision: 4 }),
      'sent',
    ],
  ]
  for (const [name, open, put, state, before] of cases) {
    t.equal(states(open, put, before), state, name)
  }
})

t.test('S10: a receipt is later than a push that may still arrive', async (t) => {
  const rows: [string, Change, DeviceWrite][] = [
    ['although no value changed', sentChange(), write({ target_temperature: 19 })],
    [
      'although the change has ended',
      sentChange({ state: 'expired', endedAtMs: NOW_MS }),
      write({}),
    ],
    [
      'although it was overtaken before',
      sentChange({ state: 'queued' }),
      write({ can_heat: true }),
    ],
    ['although it repeats the values of the push', sentChange(), write({ target_temperature: 21 })],
  ]
  for (const [name, open, put] of rows) {
    const { bucket: receipt, changed } = applyDeviceWrite(stored, put, [open], now(-30_000))
    t.equal(receipt.timestamp, NOW_MS + 1, name)
    t.equal(changed, true, 'that version is on file')
  }
  const behind = bucket(SHARED, stored.value, { timestamp: NOW_MS })
  const same = applyDeviceWrite(behind, write({ target_temperature: 19 }), [sentChange()], now(9))
  t.match(same, { bucket: behind, changed: false }, 'an older push changes nothing')
})

t.test('D1: a put that overtakes a push requeues its change', async (t) => {
  const put = write({ can_heat: false })
  const [again] = applyDeviceWrite(stored, put, [sentChange()], now(1000)).changes
  t.match(again, { state: 'queued', push: { revision: 6, timestamp: NOW_MS, since: null } })
  const never = applyDeviceWrite(stored, put, [change()], now(1000))
  t.strictSame(never.changes, [], 'a change that was never pushed stays as it is')
  const over = sentChange({ state: 'superseded', endedAtMs: NOW_MS })
  t.match(
    applyDeviceWrite(stored, put, [over], now(1000)).changes,
    [{ state: 'superseded', settled: true }],
    'an ended change is no longer tracked: the device drops a push older than a receipt',
  )
  const givenUp = sentChange({ state: 'expired', endedAtMs: NOW_MS })
  t.strictSame(
    applyDeviceWrite(stored, put, [givenUp], now(1000)).changes,
    [],
    'D4: one that was given up is, until an upload shows whether it arrived',
  )
})

t.test('D1: base revisions that prove a push', async (t) => {
  const twice = pushed(8, NOW_MS + 5000, { since: { revision: 6, timestamp: NOW_MS } })
  const after = bucket(SHARED, stored.value, { revision: 6, timestamp: NOW_MS + 9 })
  const queued = sentChange({ state: 'queued', push: pushed(6, NOW_MS, { since: null }) })
  const ended = sentChange({ state: 'expired', endedAtMs: NOW_MS })
  const rows: [string, Change, number, Bucket, boolean][] = [
    ['the revision of the push', sentChange(), 6, stored, true],
    ['a later one', sentChange(), 7, stored, true],
    ['the one before it', sentChange(), 5, stored, false],
    ['the first of two sends of it', sentChange({ push: twice }), 6, stored, true],
    ['one before the first send', sentChange({ push: twice }), 5, stored, false],
    ['a put overtook it: the receipt gave that revision', queued, 6, after, false],
    ['a put overtook it: a later revision than any receipt gave', queued, 7, after, true],
    ['never pushed', change(), 9, stored, false],
    ['ended: its own revision', ended, 6, stored, true],
    ['ended: the revision of a later push', ended, 7, stored, false],
  ]
  for (const [name, open, baseRevision, before, proves] of rows) {
    const put = write({ current_temperature: 20 }, { baseRevision })
    const { changes, bucket: result } = applyDeviceWrite(before, put, [open], now(9000))
    t.equal(changes[0]?.state === 'confirmed', proves, name)
    t.equal(result.value.target_temperature, proves ? 21 : 19, `${name}: the bucket follows`)
  }
})

t.test('D1: a put confirms a change that was given up', async (t) => {
  const built = write({ current_temperature: 20 }, { baseRevision: 6 })
  const rows: [Change['state'], Change['state']][] = [
    ['expired', 'confirmed'],
    ['ignored', 'confirmed'],
    // The later command counts, although the device has this one for now.
    ['superseded', 'superseded'],
  ]
  for (const [state, expected] of rows) {
    const over = sentChange({ state, endedAtMs: NOW_MS })
    const { changes, bucket: result } = applyDeviceWrite(stored, built, [over], now(9))
    t.match(changes, [{ state: expected, settled: true }], state)
    t.equal(result.value.target_temperature, 21, 'the bucket on file follows')
  }
})

t.test('U4: a refused conditional put may prove a push', async (t) => {
  const put = write({ target_temperature: 17 }, { ifRevision: 7 })
  const { bucket: receipt, changes, fields } = applyDeviceWrite(stored, put, [sentChange()], now(9))
  t.match(changes, [{ state: 'confirmed' }])
  t.match(receipt, { revision: 6, timestamp: NOW_MS, value: { target_temperature: 21 } })
  t.strictSame(fields, {}, 'nothing of it is written')
})

t.test('D1: a dial turn takes only the fields that it sets', async (t) => {
  const range = sentChange({
    fields: { target_temperature_high: 24, target_temperature_low: 20 },
  })
  const [left] = applyDeviceWrite(
    stored,
    write({ target_temperature_low: 18 }),
    [range],
    now(),
  ).changes
  t.match(left, { state: 'queued', fields: { target_temperature_high: 24 } })
  t.notOk(Object.hasOwn(left?.fields ?? {}, 'target_temperature_low'))
})

t.test('D1: equal days confirm a schedule, others supersede it', async (t) => {
  const before = bucket(SCHEDULE, { days: {} })
  const open = change({
    objectKey: SCHEDULE,
    kind: 'schedule',
    fields: { ver: 2, days: { 0: { 0: { time: 0, temp: 20 } } } },
  })
  const state = (value: JsonObject) =>
    applyDeviceWrite(before, write(value, { objectKey: SCHEDULE }), [open], now()).changes[0]?.state
  const day = (temp: number, more = {}) => ({ 0: { 0: { time: 0, temp, ...more } } })
  t.equal(state({ days: day(20), name: 'x' }), 'confirmed')
  t.equal(state({ days: day(20, { touched_by: 1, touched_at: NOW_S }) }), 'confirmed')
  t.equal(state({ days: day(18) }), 'superseded')
  t.equal(state({ days: {} }), undefined, 'its old schedule again changes nothing')
})

t.test('D1: the mode of eco confirms or supersedes a change of it', async (t) => {
  const before = bucket(DEVICE, { eco: { mode: 'manual-eco' } })
  const exit = sentChange({
    objectKey: DEVICE,
    kind: 'setting',
    fields: { eco: { mode: 'schedule', touched_by: 3, mode_update_timestamp: 1 } },
  })
  const state = (mode: string) =>
    applyDeviceWrite(
      before,
      write({ eco: { mode, touched_by: 1 } }, { objectKey: DEVICE }),
      [exit],
      now(),
    ).changes[0]?.state
  t.equal(state('schedule'), 'confirmed')
  t.equal(state('auto-eco'), 'superseded')
})

t.test('D1: an eco mode older than the command overrules nothing', async (t) => {
  const exit = { eco: { mode: 'schedule', touched_by: 3, mode_update_timestamp: NOW_S } }
  const open = { objectKey: DEVICE, kind: 'setting', fields: exit } as const
  const state = (one: Change, sinceS: number) => {
    const eco = { mode: 'manual-eco', touched_by: 1, mode_update_timestamp: sinceS }
    const put = write({ eco }, { objectKey: DEVICE })
    return applyDeviceWrite(bucket(DEVICE, {}), put, [one], now()).changes[0]?.state ?? one.state
  }
  for (const one of [change(open), sentChange(open)]) {
    t.equal(state(one, NOW_S - 1), 'queued', 'the change goes out, again if it was sent')
    t.equal(state(one, NOW_S), 'queued')
    t.equal(state(one, NOW_S + 1), 'superseded', 'the dial was turned since')
  }
})

t.test(
  'with any writes of a device, timestamps only grow and each change gets a new one',
  async () => {
    const field = fc.constantFrom('target_temperature', 'target_change_pending', 'auto_away')
    const value = fc.dictionary(field, fc.oneof(fc.boolean(), fc.constantFrom(19, 21)))
    const maybe = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined })
    const put = fc.record({
      value,
      ifRevision: maybe,
      baseRevision: maybe,
      wallMs: fc.constantFrom(0, NOW_MS, NOW_MS * 2),
      adoptAfterMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.array(put, { maxLength: 8 }), fc.boolean(), (puts, wasSent) => {
        let before: Bucket = stored
        let open: Change[] = [wasSent ? sentChange() : change()]
        for (const { value: fields, wallMs, adoptAfterMs, ...conditions } of puts) {
          const adopt =
            adoptAfterMs === undefined
              ? {}
              : { adopt: { revision: 3, timestamp: before.timestamp + adoptAfterMs } }
          const result = applyDeviceWrite(
            before,
            write(fields, { ...conditions, ...adopt }),
            open,
            {
              wallMs,
              steadyMs: 0,
            },
          )
          const after = result.bucket
          if (after === undefined || after.timestamp < before.timestamp) return false
          const moved = Object.keys(result.fields).length > 0
          if (moved && after.timestamp === before.timestamp) return false
          if (!result.changed && !sameValue({ ...after }, { ...before })) return false
          before = after
          open = open
            .map((one) => result.changes.find(({ id }) => id === one.id) ?? one)
            .filter(isOpenChange)
        }
        return true
      }),
      { numRuns: 2000 },
    )
  },
)
