import t from 'tap'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import {
  MAX_BUCKET_LENGTH,
  MAX_BUCKETS_PER_DEVICE,
} from '../../../src/protocol/transport/bucket-room.ts'
import { decidePut } from '../../../src/protocol/transport/decide-put.ts'
import {
  bucket,
  CONTACT,
  change,
  DEVICE,
  held,
  input,
  NOW_MS,
  NOW_S,
  now,
  pushed,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

function put(objectKey: string, value: Record<string, unknown>) {
  const object = {
    objectKey,
    value: value as never,
    baseRevision: undefined,
    ifRevision: undefined,
  }
  return { objects: [object], refused: [] }
}

t.test(
  'U3, U5: a put advances its bucket, pushes nothing and replies with the stored bucket',
  async (t) => {
    const before = state({}, bucket(SHARED, { target_temperature: 20 }))
    const decision = decidePut(input(before), CONTACT, put(SHARED, { target_temperature: 19 }))
    t.match(decision.reply, [{ objectKey: SHARED, revision: 6, timestamp: NOW_MS }])
    t.strictSame(decision.pushes, [])
    t.match(decision.writes.buckets, [{ text: '{"target_temperature":19}' }])
  },
)

t.test('U3: a put that changes nothing writes nothing', async (t) => {
  const before = state({}, bucket(SHARED, { target_temperature: 20 }))
  const decision = decidePut(input(before), CONTACT, put(SHARED, { target_temperature: 20 }))
  t.equal(decision.state, before)
  t.match(decision.reply, [{ revision: 5 }])
})

t.test('U4: a condition holds for a revision that 16 bits make negative', async (t) => {
  const before = state({}, bucket(SHARED, { target_temperature: 20 }, { revision: 40_000 }))
  const conditional = (ifRevision: number) => {
    const [object] = put(SHARED, { target_temperature: 19 }).objects
    const objects = object === undefined ? [] : [{ ...object, ifRevision }]
    return decidePut(input(before), CONTACT, { objects, refused: [] }).reply
  }
  t.match(conditional(-25_536), [{ revision: 40_001, value: { target_temperature: 19 } }])
  t.match(conditional(-25_537), [{ revision: 40_000, value: { target_temperature: 20 } }])
})

t.test(
  'D1: a put that builds on a push confirms it, although 16 bits make its revision negative',
  async (t) => {
    const sent = sentChange({ push: pushed(40_001, NOW_MS) })
    const before = state({ changes: [sent] }, bucket(SHARED, {}, { revision: 40_000 }))
    const [object] = put(SHARED, { can_heat: true }).objects
    const on = (baseRevision: number) => {
      const objects = object === undefined ? [] : [{ ...object, baseRevision }]
      return decidePut(input(before), CONTACT, { objects, refused: [] }).moved
    }
    t.match(on(-25_535), [{ state: 'confirmed' }])
    t.notMatch(on(-25_536), [{ state: 'confirmed' }])
  },
)

t.test('U9: a report of leaving eco ends an earlier set_away', async (t) => {
  const away = { manual_eco_all: true, manual_eco_timestamp: NOW_S - 60 }
  const before = state(
    {
      changes: [
        change({ objectKey: 'structure.default', fields: away, createdAtMs: NOW_MS - 60_000 }),
      ],
    },
    bucket('structure.default', away),
  )
  const report = (atS: number) =>
    decidePut(
      input(before),
      CONTACT,
      put(DEVICE, { eco: { mode: 'schedule', mode_update_timestamp: atS } }),
    )
  t.match(report(NOW_S).moved, [{ state: 'superseded' }])
  t.equal(report(NOW_S).state.buckets.get('structure.default')?.value.manual_eco_all, false)
  t.strictSame(report(NOW_S - 120).moved, [], 'a report older than the command does not')
  t.equal(report(NOW_S - 120).state.buckets.get('structure.default')?.value.manual_eco_all, true)
})

t.test('U9: so does a report in the text form, once the command was sent', async (t) => {
  const away = { manual_eco_all: true, manual_eco_timestamp: NOW_S - 60 }
  const objectKey = 'structure.default'
  const report = (open: Change, before: string) =>
    decidePut(
      input(
        state({ changes: [open] }, bucket(objectKey, away), bucket(DEVICE, { eco_mode: before })),
      ),
      CONTACT,
      put(DEVICE, { eco_mode: 'schedule' }),
    )
  const sent = sentChange({ objectKey, fields: away })
  const left = report(sent, 'manual-eco')
  t.match(left.moved, [{ state: 'superseded' }])
  t.equal(left.state.buckets.get(objectKey)?.value.manual_eco_all, false)
  t.strictSame(report(sent, 'schedule').moved, [], 'it was not in eco')
  const queued = change({ objectKey, fields: away })
  t.strictSame(report(queued, 'manual-eco').moved, [], 'the command is later than the dial')
})

t.test('seed 000: the bucket that keeps a thermostat paired cannot be put', async (t) => {
  const before = state({}, bucket('user.anna', { name: 'anna' }))
  const decision = decidePut(input(before), CONTACT, put('user.anna', { name: '' }))
  t.strictSame(decision.state.buckets.get('user.anna')?.value, { name: 'anna' })
})

t.test('S10: the new timestamp is later than the listed one', async (t) => {
  const before = state({}, bucket(SHARED, { target_temperature: 20 }))
  const ahead = NOW_MS + 60_000
  const decision = decidePut(
    input(before, { held: held({ [SHARED]: ahead }) }),
    CONTACT,
    put(SHARED, { target_temperature: 19 }),
  )
  t.equal(decision.reply[0]?.timestamp, ahead + 1)
})

t.test('a bucket that is too large, and one too many, are refused', async (t) => {
  const refused = (of: ReturnType<typeof state>, objectKey: string, value: object) =>
    t.throws(() => decidePut(input(of), CONTACT, put(objectKey, { ...value })), {
      code: 'too_large',
    })
  refused(state(), SHARED, { a: 'x'.repeat(MAX_BUCKET_LENGTH) })
  const many = Array.from({ length: MAX_BUCKETS_PER_DEVICE }, (_, n) => bucket(`where.${n}`, {}))
  refused(state({}, ...many), 'where.one-more', {})
  refused(state({ owner: undefined }), SHARED, { a: 'x'.repeat(257 * 1024) })
})

t.test(
  'a bucket of its own serial always has room: junk makes way, the oldest first',
  async (t) => {
    const user = bucket('user.anna', { name: 'anna' })
    const structure = bucket('structure.default', { name: 'Home' })
    const junk = (type: string, n: number, value = {}) => ({
      ...bucket(`${type}.${n}`, value),
      timestamp: NOW_MS - n,
    })
    const full = state(
      {},
      user,
      structure,
      ...Array.from({ length: 127 }, (_, n) => junk('where', n)),
      ...Array.from({ length: 127 }, (_, n) => junk('junk', n)),
    )
    const { state: after } = decidePut(input(full), CONTACT, put(SHARED, { a: 1 }))
    t.equal(after.buckets.size, MAX_BUCKETS_PER_DEVICE)
    t.notOk(after.buckets.has('junk.126'), 'the oldest of an unknown type')
    t.ok(after.buckets.has('where.126'))

    const wide = Array.from({ length: 7 }, (_, n) => junk('where', n, { a: 'x'.repeat(150_000) }))
    const { state: heavy } = decidePut(
      input(state({}, user, structure, ...wide.slice(0, 6))),
      CONTACT,
      put(SHARED, { a: 'x'.repeat(200_000) }),
    )
    t.strictSame(
      [...heavy.buckets.keys()].filter((objectKey) => !objectKey.startsWith('where.')),
      ['user.anna', 'structure.default', SHARED],
    )
    t.notOk(heavy.buckets.has('where.5'), 'also when they take too many bytes')
  },
)

t.test('buckets of unknown types make way for every other one, those not read first', async (t) => {
  const junk = Array.from({ length: MAX_BUCKETS_PER_DEVICE }, (_, n) => ({
    ...bucket(`junk.${n}`, {}),
    timestamp: NOW_MS - n,
  }))
  const oldest = `junk.${MAX_BUCKETS_PER_DEVICE - 1}`
  for (const objectKey of ['where.1', 'junk.more', SHARED]) {
    const { state: after } = decidePut(input(state({}, ...junk)), CONTACT, put(objectKey, { a: 1 }))
    t.equal(after.buckets.size, MAX_BUCKETS_PER_DEVICE, objectKey)
    t.ok(after.buckets.has(objectKey))
    t.notOk(after.buckets.has(oldest))
  }
  const { state: after } = decidePut(
    input(state({}, ...junk), { held: held({ [oldest]: 1 }) }),
    CONTACT,
    put('junk.more', { a: 1 }),
  )
  t.ok(after.buckets.has(oldest), 'a connection lists it')
  t.notOk(after.buckets.has(`junk.${MAX_BUCKETS_PER_DEVICE - 2}`))
})

t.test('a bucket type may have the name of a JavaScript function', async (t) => {
  const objectKey = 'constructor.x'
  const { state: after } = decidePut(input(state()), CONTACT, put(objectKey, { a: 1 }))
  t.strictSame(after.buckets.get(objectKey)?.value, { a: 1 })
})

t.test(
  'last seen is written every ten minutes, and not while the database is in trouble',
  async (t) => {
    const before = state({}, bucket(SHARED, { a: 1 }))
    const seen = (afterMs: number, writesSeen: boolean) =>
      decidePut(
        input(before, { now: now(afterMs) }),
        { ...CONTACT, writesSeen },
        put(SHARED, { a: 1 }),
      ).writes.device?.lastSeenAtMs
    t.equal(seen(599_000, true), undefined)
    t.equal(seen(600_000, true), NOW_MS + 600_000)
    t.equal(seen(600_000, false), undefined)
  },
)
