import t from 'tap'
import { parsePut } from '../../../src/protocol/transport/put-request.ts'
import { DEVICE, fixture, SCHEDULE, SERIAL, SHARED } from '../make.ts'

const { put } = fixture('transport')

t.test('U1: both forms parse alike', async (t) => {
  const expected = {
    objects: [
      {
        objectKey: SHARED,
        value: { target_temperature: 21.5, target_change_pending: false },
        baseRevision: undefined,
        ifRevision: 457,
      },
      {
        objectKey: DEVICE,
        value: { battery_level: 3.9 },
        baseRevision: 99,
        ifRevision: undefined,
      },
    ],
    refused: [],
  }
  t.strictSame(parsePut(put.list, SERIAL), expected)
  t.strictSame(parsePut(put.inline, SERIAL), expected)
})

t.test('U1: fields of the envelope are not part of the value', async (t) => {
  const body = {
    session: 's',
    [SCHEDULE]: { object_key: SCHEDULE, base_object_revision: 99, ver: 2, days: {} },
  }
  t.strictSame(parsePut(body, SERIAL)?.objects[0]?.value, { ver: 2, days: {} })
  const nested = { [SHARED]: { object_key: SHARED, value: { a: 1 } } }
  t.strictSame(parsePut(nested, SERIAL)?.objects[0]?.value, { a: 1 }, 'nested in this form too')
})

t.test("U7: another serial's buckets are refused, the others are taken", async (t) => {
  const other = 'shared.02AA01AB00000000'
  const parsed = parsePut(
    { objects: [{ object_key: other, value: {} }, { object_key: SHARED, value: { a: 1 } }, 7] },
    SERIAL,
  )
  t.strictSame(parsed?.refused, [other])
  t.strictSame(
    parsed?.objects.map((object) => object.objectKey),
    [SHARED],
  )
  const inline = parsePut({ [other]: { a: 1 } }, SERIAL)
  t.strictSame(inline, { objects: [], refused: [other] })
})

t.test('bodies that are no put, and empty puts', async (t) => {
  for (const body of [null, 3, 'x', [], { shared: {} }, { foo: 1 }]) {
    t.equal(parsePut(body, SERIAL), undefined, JSON.stringify(body))
  }
  for (const body of [{}, { session: 's' }, { session: 's', objects: [] }]) {
    t.strictSame(parsePut(body, SERIAL), { objects: [], refused: [] }, JSON.stringify(body))
  }
})

t.test('an invalid revision counts as 0, a missing one is undefined', async (t) => {
  const object = (raw: object) =>
    parsePut({ objects: [{ object_key: SHARED, value: {}, ...raw }] }, SERIAL)?.objects[0]
  t.equal(object({ if_object_revision: 1.5 })?.ifRevision, 0)
  t.equal(object({ if_object_revision: -4 })?.ifRevision, -4)
  t.equal(object({ if_object_revision: '4' })?.ifRevision, undefined)
  t.equal(object({ base_object_revision: 0 })?.baseRevision, 0)
})

t.test('a put is limited to 256 objects and 10 refused keys', async (t) => {
  const objects = Array.from({ length: 300 }, (_, i) => ({ object_key: `where.${i}`, value: {} }))
  t.equal(parsePut({ objects }, SERIAL)?.objects.length, 256)
  const foreign = objects.map((_, i) => ({ object_key: `shared.${i}` }))
  t.equal(parsePut({ objects: foreign }, SERIAL)?.refused.length, 10)
})
