import t from 'tap'
import { parseNestedPut } from '../../../../src/protocol/transport/v3/parse-nested-put.ts'
import { parsePoll } from '../../../../src/protocol/transport/v3/parse-poll.ts'
import { DEVICE, SERIAL, SHARED } from '../../make.ts'

const OTHER = '02AA01AC00000099'
const unconditional = { baseRevision: undefined, ifRevision: undefined }

t.test('V2: a put nests bucket type and id, and its marks are no data', async (t) => {
  const body = {
    session: 's',
    shared: { [SERIAL]: { $version: 3, $timestamp: 4, target_temperature: 21 } },
    device: { [SERIAL]: { current_humidity: 40 } },
    where: { house: { wheres: [] } },
  }
  t.strictSame(parseNestedPut(body, SERIAL), {
    objects: [
      {
        objectKey: SHARED,
        value: { target_temperature: 21 },
        baseRevision: 3,
        ifRevision: undefined,
      },
      { objectKey: DEVICE, value: { current_humidity: 40 }, ...unconditional },
      { objectKey: 'where.house', value: { wheres: [] }, ...unconditional },
    ],
    refused: [],
  })
})

t.test('V2: what is not a put of transport v3 is refused', async (t) => {
  const cases: [string, unknown, unknown][] = [
    ['another thermostat (U7)', { shared: { [OTHER]: {} } }, [`shared.${OTHER}`]],
    ['no bucket type', { 'a b c': { x: {} }, A: { x: {} } }, ['a.x', 'A.x']],
    ['the form of v7', { session: 's', objects: [{ object_key: SHARED, value: {} }] }, undefined],
    ['fields without an id', { shared: { target_temperature: 21 } }, undefined],
    ['a list', [], undefined],
    ['null', null, undefined],
    ['an empty put', {}, []],
  ]
  for (const [name, body, refused] of cases) {
    const parsed = parseNestedPut(body, SERIAL)
    if (name !== 'no bucket type') t.strictSame(parsed?.refused, refused, name)
    if (name !== 'an empty put' && refused !== undefined && name !== 'no bucket type') {
      t.strictSame(parsed?.objects, [], name)
    }
  }
  const many = { shared: Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`A${i}`, {}])) }
  t.equal(parseNestedPut(many, SERIAL)?.refused.length, 10, 'the log gets ten names at most')
})

t.test('V9: noise after a blank is no part of a key', async (t) => {
  const put = parseNestedPut({ 'shared ._sync': { [`${SERIAL}\t x`]: { a: 1 } } }, SERIAL)
  t.strictSame(
    put?.objects.map(({ objectKey }) => objectKey),
    [SHARED],
  )
  const poll = parsePoll({ keys: [{ key: `${SHARED} ._sync`, version: 1, timestamp: 2 }] }, SERIAL)
  t.strictSame(poll?.objects, [{ objectKey: SHARED, revision: 1, timestamp: 2 }])
  t.strictSame(parseNestedPut({ ' shared': { [SERIAL]: {} } }, SERIAL)?.objects, [])
})

t.test('V5: a poll lists keys; one without a timestamp says nothing', async (t) => {
  const keys = [
    { key: SHARED, version: 5, timestamp: 1_707_000_000_000 },
    { key: DEVICE },
    { key: `schedule.${SERIAL}`, version: 0, timestamp: 0 },
    { key: `shared.${OTHER}`, version: 1, timestamp: 1 },
    { key: 7, timestamp: 1 },
    'noise',
  ]
  t.strictSame(parsePoll({ keys }, SERIAL), {
    form: 'poll',
    objects: [
      { objectKey: SHARED, revision: 5, timestamp: 1_707_000_000_000 },
      { objectKey: `schedule.${SERIAL}`, revision: 0, timestamp: 0 },
    ],
  })
  t.strictSame(parsePoll({}, SERIAL), { form: 'poll', objects: [] })
  t.equal(parsePoll([], SERIAL), undefined)
  const many = Array.from({ length: 1_000 }, (_, i) => ({ key: `where.${i}`, timestamp: 1 }))
  t.equal(parsePoll({ keys: many }, SERIAL)?.objects.length, 128, 'the list is bounded')
})
