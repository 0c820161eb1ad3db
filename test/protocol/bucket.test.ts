import fc from 'fast-check'
import t from 'tap'
import {
  BUCKET_TYPES,
  believable,
  changedFields,
  count,
  idOf,
  meantRevision,
  mergeValue,
  nextTimestamp,
  ownObjectKey,
  revisionIn,
  sameValue,
  typeOf,
} from '../../src/protocol/bucket.ts'
import { SCHEDULE, SERIAL, SHARED } from './make.ts'

t.test('28 types are known', async (t) => {
  t.equal(BUCKET_TYPES.size, 28)
})

t.test('an object key is type and id', async (t) => {
  t.strictSame([typeOf('structure.default'), idOf('structure.default')], ['structure', 'default'])
  t.strictSame([typeOf('user.a.b'), idOf('user.a.b')], ['user', 'a.b'])
})

t.test('U7: a thermostat writes its own buckets only', async (t) => {
  const cases: [unknown, string | undefined][] = [
    [SHARED, SHARED],
    [SHARED.toLowerCase(), SHARED],
    ['shared.02AA01AB00000000', undefined],
    ['device.02AA01AB00000000', undefined],
    ['schedule.02AA01AB00000000', undefined],
    ['device_alert_dialog.02AA01AB00000000', undefined],
    ['structure.default', 'structure.default'],
    ['where.abc', 'where.abc'],
    ['unheard_of.x', 'unheard_of.x'],
    ['shared', undefined],
    ['shared.', undefined],
    ['.x', undefined],
    ['Shared.x', undefined],
    ['where.a b', undefined],
    ['where.\u00e9', undefined],
    ['user.a\nb', undefined],
    [`user.${'x'.repeat(200)}`, undefined],
    [7, undefined],
    [undefined, undefined],
  ]
  for (const [key, own] of cases) t.equal(ownObjectKey(key, SERIAL), own, String(key))
})

t.test('P10: a thermostat lists back the bucket of any user id', async (t) => {
  for (const userId of [
    'Anna M\u00fcller',
    '\u5bb6',
    'a.b.c',
    ' leading',
    '\u{1f3e0}'.repeat(64),
  ]) {
    t.equal(ownObjectKey(`user.${userId}`, SERIAL), `user.${userId}`)
  }
  for (const bad of ['', 'a\u0085b', 'a\ud83c', '\u5bb6'.repeat(65)]) {
    t.equal(ownObjectKey(`user.${bad}`, SERIAL), undefined, JSON.stringify(bad))
  }
})

t.test('a revision may be negative; anything but a whole number is 0', async (t) => {
  for (const [value, expected] of [
    [5, 5],
    [-23_671, -23_671],
    [1.5, 0],
    ['5', 0],
    [2_147_483_647, 2_147_483_647],
    [2_147_483_648, 0],
    [-2_147_483_648, 0],
    [8.64e15, 0],
    [1e300, 0],
    [undefined, 0],
  ] as const) {
    t.equal(revisionIn(value), expected, String(value))
  }
})

t.test('a thermostat names a revision by its last 16 bits', async (t) => {
  const rows: [named: number, newest: number, meant: number][] = [
    [5, 5, 5],
    [4, 5, 4],
    [-25_536, 40_000, 40_000],
    [-25_537, 40_000, 39_999],
    [17_938, 5, 17_938],
    [-23_671, 5, -23_671],
    [0, 70_000, 0],
    [5, 70_000, 65_541],
  ]
  for (const [named, newest, meant] of rows) t.equal(meantRevision(named, newest), meant)
  const in16Bits = (revision: number): number => new Int16Array([revision])[0] ?? 0
  fc.assert(
    fc.property(fc.nat(1e6), fc.integer({ min: 0, max: 65_535 }), (newest, behind) => {
      const revision = newest - behind
      if (revision <= 0 || in16Bits(revision) === 0) return true
      return meantRevision(in16Bits(revision), newest) === revision
    }),
  )
})

t.test('timestamps are counted from 1; anything else is 0', async (t) => {
  for (const [value, expected] of [
    [5, 5],
    [1_707_148_800_000, 1_707_148_800_000],
    [0, 0],
    [-3, 0],
    [1.5, 0],
    ['5', 0],
    [null, 0],
    [Number.NaN, 0],
    [Date.UTC(2100, 0) - 1, Date.UTC(2100, 0) - 1],
    [Date.UTC(2100, 0), 0],
    [8.64e15, 0],
    [Number.MAX_SAFE_INTEGER, 0],
  ] as const) {
    t.equal(count(value), expected, String(value))
  }
})

t.test('S10: a stored version that cannot be right counts as older than all', async (t) => {
  const at = Date.UTC(2026, 0)
  t.strictSame(believable({ revision: -3, timestamp: at }), { revision: -3, timestamp: at })
  t.strictSame(believable({ revision: 5, timestamp: 8.64e15 }), { revision: 5, timestamp: 0 })
  const { revision, timestamp } = believable({ revision: 8.64e15, timestamp: at })
  t.equal(timestamp, at)
  t.equal(revision, 8.64e15 % 65_536, 'the last 16 bits stay as the thermostat has them')
})

t.test('S10: a timestamp is later than all that is known, whatever the clock says', async (t) => {
  t.equal(nextTimestamp(1000.9), 1000)
  t.equal(nextTimestamp(1000, 999), 1000)
  t.equal(nextTimestamp(1000, 1000), 1001)
  t.equal(nextTimestamp(1000, 5000, 7000), 7001, 'a clock years behind')
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.nat(8.64e15)), (nowMs, known) => {
      const next = nextTimestamp(nowMs, ...known)
      return next >= nowMs && known.every((one) => next > one)
    }),
  )
})

t.test('U2: a shallow merge, but a schedule is replaced whole', async (t) => {
  t.strictSame(mergeValue(SHARED, { a: { x: 1 }, b: 2 }, { a: { y: 1 } }), { a: { y: 1 }, b: 2 })
  t.strictSame(mergeValue(SCHEDULE, { days: { 0: {} }, name: 'x' }, { days: {} }), { days: {} })
})

t.test('U3: what really changes', async (t) => {
  t.strictSame(changedFields({ a: 1, b: { x: [1] } }, { a: 1, b: { x: [1] }, c: null }), {
    c: null,
  })
  t.strictSame(changedFields({}, { toString: 1 }), { toString: 1 })
})

t.test('the same value, whatever the order of fields', async (t) => {
  const cases: [Parameters<typeof sameValue>[0], Parameters<typeof sameValue>[0], boolean][] = [
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
    [null, undefined, false],
    [0, false, false],
    ['1', 1, false],
  ]
  for (const [a, b, same] of cases) {
    t.equal(sameValue(a, b), same, `${JSON.stringify(a)} ${JSON.stringify(b)}`)
  }
})
