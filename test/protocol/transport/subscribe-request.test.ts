import t from 'tap'
import {
  judge,
  parseSubscribe,
  uploadRequest,
} from '../../../src/protocol/transport/subscribe-request.ts'
import { fixture, SERIAL, SHARED } from '../make.ts'

const { subscribe } = fixture('transport')

t.test('S1: both forms parse alike', async (t) => {
  const expected = {
    form: 'chunked',
    objects: [
      { objectKey: SHARED, revision: 457, timestamp: 1_707_148_700_000 },
      { objectKey: 'user.homeassistant', revision: 0, timestamp: 0 },
    ],
  }
  t.strictSame(parseSubscribe(subscribe.list, SERIAL), expected)
  t.strictSame(parseSubscribe(subscribe.named, SERIAL), expected)
})

t.test('S1: other forms, and invalid parts of a body', async (t) => {
  const objects = (body: unknown) => parseSubscribe(body, SERIAL)?.objects
  t.equal(parseSubscribe('x', SERIAL), undefined)
  t.equal(parseSubscribe(null, SERIAL), undefined)
  t.equal(parseSubscribe([], SERIAL), undefined)
  t.strictSame(parseSubscribe({}, SERIAL), { form: 'plain', objects: [] })
  t.equal(parseSubscribe({ chunked: 'true' }, SERIAL)?.form, 'plain')
  t.strictSame(
    objects({ shared: { object_revision: 1, object_timestamp: 2 } }),
    [{ objectKey: SHARED, revision: 1, timestamp: 2 }],
    'a named bucket without its key',
  )
  t.strictSame(
    objects({ [SHARED]: { object_revision: 1, object_timestamp: 2 } }),
    [{ objectKey: SHARED, revision: 1, timestamp: 2 }],
    'keyed by object key',
  )
  t.strictSame(
    objects({ where: [{ object_key: 'where.a' }, { object_key: 'where.b' }] })?.map(
      (one) => one.objectKey,
    ),
    ['where.a', 'where.b'],
    'several of one type',
  )
  t.strictSame(
    objects({
      objects: [
        { object_key: SHARED, object_timestamp: 1 },
        { object_key: SHARED, object_timestamp: 2 },
      ],
    })?.map((one) => one.timestamp),
    [2],
    'the last of two counts',
  )
  t.strictSame(
    objects({ objects: [null, 3, {}, { object_key: 'shared.02AA01AB00000000' }] }),
    [],
    "U7: another serial's buckets are left out",
  )
  t.strictSame(
    objects({ objects: [{ object_key: SHARED, object_timestamp: -1, object_revision: 'x' }] }),
    [{ objectKey: SHARED, revision: 0, timestamp: 0 }],
  )
  t.strictSame(objects({ objects: [{ object_key: SHARED, value: { a: 1 } }] }), [
    { objectKey: SHARED, revision: 0, timestamp: 0, value: { a: 1 } },
  ])
  const many = Array.from({ length: 300 }, (_, i) => ({ object_key: `where.${i}` }))
  t.equal(objects({ objects: many })?.length, 128, 'at most 128')
  const named = Object.fromEntries(many.map(({ object_key }) => [object_key, {}]))
  const all = { objects: many, where: many, ...named }
  t.equal(objects(all)?.length, 128, 'at most 128 in all forms together')
})

t.test('the table "who is newer" of section 4, row by row', async (t) => {
  const stored = { revision: 5, timestamp: 100 }
  const value = { a: 1 }
  const listed = (timestamp: number, more: object = {}, objectKey = SHARED) => ({
    objectKey,
    revision: 0,
    timestamp,
    ...more,
  })
  const cases: [string, ReturnType<typeof listed>, typeof stored | undefined, string][] = [
    ['the same', listed(100), stored, 'quiet'],
    ['the device is behind', listed(50), stored, 'quiet'],
    ['the device is ahead', listed(150), stored, 'quiet'],
    ['only the device has data', listed(150), undefined, 'ask'],
    ['only the device has data of a type of its own', listed(150, {}, 'x.y'), undefined, 'ask'],
    ['a user from elsewhere', listed(150, {}, 'user.x'), undefined, 'quiet'],
    ['a structure from elsewhere', listed(150, {}, 'structure.x'), undefined, 'quiet'],
    [
      'a dialog from elsewhere',
      listed(150, {}, `device_alert_dialog.${SERIAL}`),
      undefined,
      'quiet',
    ],
    ['the device has no data', listed(0), stored, 'recover'],
    ['neither has data', listed(0), undefined, 'ask'],
    ['no user', listed(0, {}, 'user.x'), undefined, 'quiet'],
    ['no dialog', listed(0, {}, `device_alert_dialog.${SERIAL}`), undefined, 'quiet'],
    ['a value at 0', listed(0, { value }), stored, 'update'],
    ['a value at 0, nothing stored', listed(0, { value }), undefined, 'update'],
    ['a newer value', listed(150, { value }), stored, 'adopt'],
    ['a newer value, nothing stored', listed(150, { value }), undefined, 'adopt'],
    ['an older value', listed(50, { value }), stored, 'quiet'],
    ['a value of the same age', listed(100, { value }), stored, 'quiet'],
  ]
  for (const [name, object, version, verdict] of cases) {
    t.equal(judge(object, version), verdict, name)
  }
})

t.test('an upload request has no value, revision or timestamp', async (t) => {
  t.strictSame(uploadRequest(SHARED), { objectKey: SHARED, revision: 0, timestamp: 0, value: {} })
})
