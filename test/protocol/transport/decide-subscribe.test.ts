import t from 'tap'
import type { DecisionInput } from '../../../src/protocol/thermostat/decision.ts'
import { decideSubscribe } from '../../../src/protocol/transport/decide-subscribe.ts'
import type { ListedObject } from '../../../src/protocol/transport/subscribe-request.ts'
import {
  bucket,
  CONTACT,
  change,
  DEVICE,
  input,
  NOW_MS,
  now,
  pushed,
  pushedObjects,
  SCHEDULE,
  SERIAL,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

const HOLD_MS = 290_000
const USER = 'user.anna'
const STRUCTURE = 'structure.default'
const WEEK = { ver: 2, name: 'Mine', schedule_mode: 'HEAT', days: {} }

const user = bucket(USER, { name: 'anna' })
const structure = bucket(STRUCTURE, { name: 'Home', devices: [SERIAL], manual_eco_all: true })

function list(objectKey: string, timestamp: number, revision = 5): ListedObject {
  return { objectKey, revision, timestamp }
}
/** The pairing buckets that a paired thermostat lists. */
const PAIRING = [list(USER, user.timestamp), list(STRUCTURE, structure.timestamp)]

function subscribe(of: DecisionInput, ...objects: ListedObject[]) {
  return decideSubscribe(of, CONTACT, objects, HOLD_MS)
}

t.test(
  'S3: a thermostat that has everything is held in silence, and nothing is written',
  async (t) => {
    const shared = bucket(SHARED, { target_temperature: 20 })
    const before = state({}, user, structure, shared)
    const decision = subscribe(input(before), ...PAIRING, list(SHARED, shared.timestamp))
    t.equal(decision.reply.push, undefined)
    t.equal(decision.reply.expectsAnswer, false)
    t.equal(decision.state, before, 'the very same state')
    t.strictSame(decision.writes.buckets, [])
  },
)

t.test(
  'P11: the pairing buckets go out until they are listed, without an old eco command',
  async (t) => {
    const before = state({}, user, structure)
    t.strictSame(pushedObjects(subscribe(input(before)).reply.push), {
      [USER]: { name: 'anna' },
      [STRUCTURE]: { name: 'Home', devices: [SERIAL] },
    })
    t.equal(subscribe(input(before), ...PAIRING).reply.push, undefined)
  },
)

t.test(
  'P11: a thermostat that never lists them is answered five times a minute, then once per hold',
  async (t) => {
    const before = state({}, user, structure)
    let { memory } = input(before)
    const answered = (atMs: number): boolean => {
      const decision = subscribe(input(before, { memory, now: now(atMs) }))
      memory = decision.memory
      return decision.reply.push !== undefined
    }
    const quick = [0, 1, 2, 3, 4, 5, 6].map((n) => answered(n * 1_000))
    t.strictSame(quick, [true, true, true, true, true, false, false])
    t.equal(answered(100_000), false)
    t.equal(answered(4_000 + HOLD_MS), true)
  },
)

t.test('S10: a pairing bucket gets a later timestamp than the listed one', async (t) => {
  const before = state({}, user, structure)
  const later = NOW_MS + 5_000
  const decision = subscribe(input(before), list(USER, later), PAIRING[1] ?? list(STRUCTURE, 0))
  t.ok((decision.state.buckets.get(USER)?.timestamp ?? 0) > later)
})

t.test('P10: a structure that the thermostat brings along replaces the default one', async (t) => {
  const before = state({}, user, structure)
  const decision = subscribe(input(before), list(USER, user.timestamp), list('structure.abc', 0))
  t.equal(decision.state.device?.structureKey, 'structure.abc')
  t.notOk(decision.state.buckets.has(STRUCTURE))
  t.match(decision.state.buckets.get('structure.abc')?.value, { devices: [SERIAL] })
})

t.test('the S table, row by row', async (t) => {
  const stored = bucket(SHARED, { target_temperature: 20, current_temperature: 19 })
  const fresh = { ...stored, timestamp: NOW_MS - 1_000 }
  const device = bucket(DEVICE, { current_humidity: 40, temperature_scale: 'F' })
  const rows: [string, ListedObject, (typeof stored)[], unknown][] = [
    ['same timestamp', list(SHARED, stored.timestamp), [stored], {}],
    ['older than stored', list(SHARED, stored.timestamp - 5), [stored], {}],
    ['newer than stored', list(SHARED, stored.timestamp + 5), [stored], {}],
    ['0, stored lately', list(SHARED, 0), [fresh], { [SHARED]: { target_temperature: 20 } }],
    ['0, stored long ago (D4)', list(SHARED, 0), [{ ...stored, timestamp: 1 }], {}],
    ['0, stored', list(DEVICE, 0), [device], { [DEVICE]: { temperature_scale: 'F' } }],
    ['0, nothing stored', list(DEVICE, 0), [], { [DEVICE]: {} }],
    ['data, nothing stored', list(DEVICE, 9), [], { [DEVICE]: {} }],
    ['data, another bucket stored', list(DEVICE, 9), [stored], { [DEVICE]: {} }],
  ]
  for (const [name, listed, buckets, pushed] of rows) {
    const decision = subscribe(input(state({}, user, structure, ...buckets)), ...PAIRING, listed)
    t.strictSame(pushedObjects(decision.reply.push), pushed, name)
  }
})

t.test(
  'S table: a value listed at 0 is a put without echo; a newer one keeps its version',
  async (t) => {
    const before = state({}, user, structure, bucket(SHARED, { target_temperature: 20 }))
    const value = { target_temperature: 18 }
    const inline = subscribe(input(before), ...PAIRING, { ...list(SHARED, 0, 0), value })
    t.equal(inline.reply.push, undefined)
    t.match(inline.state.buckets.get(SHARED), { revision: 6, value })
    const newer = { ...list(SHARED, NOW_MS + 9, 44), value }
    const adopted = subscribe(input(before), ...PAIRING, newer)
    t.match(adopted.state.buckets.get(SHARED), { revision: 44, timestamp: NOW_MS + 9, value })
  },
)

t.test('S table: one upload request a minute for each bucket', async (t) => {
  const before = state({}, user, structure)
  const first = subscribe(input(before), ...PAIRING, list(DEVICE, 0))
  const asked = (afterMs: number, key: string): boolean => {
    const again = input(before, { memory: first.memory, now: now(afterMs) })
    return subscribe(again, ...PAIRING, list(key, 0)).reply.push !== undefined
  }
  t.equal(asked(59_000, DEVICE), false)
  t.equal(asked(59_000, SHARED), true, 'another bucket')
  t.equal(asked(60_000, DEVICE), true)
})

t.test('D1: a listed revision is compared by the 16 bits that a thermostat keeps', async (t) => {
  const sent = sentChange({ push: pushed(40_001, NOW_MS) })
  const before = state(
    { changes: [sent] },
    user,
    structure,
    bucket(SHARED, {}, { revision: 40_000 }),
  )
  const listed = (revision: number) =>
    subscribe(input(before), ...PAIRING, list(SHARED, NOW_MS + 5_000, revision)).moved
  t.match(listed(-25_535), [{ state: 'confirmed' }])
  t.notMatch(listed(-25_536), [{ state: 'confirmed' }], 'a change of its own, before the push')
})

t.test('S table: a value is taken with the negative revision of another server', async (t) => {
  const listed = { ...list(DEVICE, NOW_MS, -23_671), value: { battery_level: 3.7 } }
  const { state: after } = subscribe(input(state({}, user, structure)), ...PAIRING, listed)
  t.match(after.buckets.get(DEVICE), { revision: -23_671, timestamp: NOW_MS })
})

t.test('D6: a lost schedule is sent back at most every 45 s', async (t) => {
  const before = state({}, user, structure, bucket(SCHEDULE, WEEK))
  let { memory } = input(before)
  const isSentBack = (afterMs: number): boolean => {
    const again = input(before, { memory, now: now(afterMs) })
    const decision = subscribe(again, ...PAIRING, list(SCHEDULE, 0))
    memory = decision.memory
    return decision.reply.push !== undefined
  }
  t.equal(isSentBack(0), true)
  for (let n = 1; n < 11; n++) {
    t.equal(isSentBack(n * 4_000), false, 'another push would restart the quiet period')
  }
  t.equal(isSentBack(46_000), true, 'after 45 s it may have been lost')
})

t.test('a thermostat that loses its memory again gets everything back again', async (t) => {
  const week = bucket(SCHEDULE, WEEK)
  const before = state({}, user, structure, week)
  let { memory } = input(before)
  const givenBack = (afterMs: number, timestamp: number): boolean => {
    const again = input(before, { memory, now: now(afterMs) })
    const decision = subscribe(again, ...PAIRING, list(SCHEDULE, timestamp))
    memory = decision.memory
    return decision.reply.push !== undefined
  }
  for (let n = 0; n < 8; n++) {
    t.equal(givenBack(n * 50_000, 0), true, `memory loss ${n + 1}`)
    t.equal(givenBack(n * 50_000 + 10_000, week.timestamp), false, 'it has it')
  }
})

t.test('the server remembers so many upload requests of a thermostat and no more', async (t) => {
  const before = state({}, user, structure)
  let { memory } = input(before)
  for (let n = 0; n < 10; n++) {
    const made = Array.from({ length: 128 }, (_, i) => list(`where.${n}-${i}`, 0))
    const decision = subscribe(input(before, { memory }), ...PAIRING, ...made)
    t.equal(Object.keys(pushedObjects(decision.reply.push)).length, 128)
    memory = decision.memory
  }
  t.equal(memory.asks.size, 256)
})

t.test('D1, D2: a queued change goes out under a version that is on file', async (t) => {
  const shared = bucket(SHARED, { target_temperature: 20, current_temperature: 19 })
  const before = state({ changes: [change()] }, user, structure, shared)
  const decision = subscribe(input(before), ...PAIRING, list(SHARED, shared.timestamp))
  const { push, expectsAnswer } = decision.reply
  t.match(pushedObjects(push), { [SHARED]: { target_temperature: 21 } })
  t.notOk(Object.hasOwn(pushedObjects(push)[SHARED] ?? {}, 'current_temperature'))
  t.equal(expectsAnswer, true, 'S2: the thermostat should report back at once')
  const written = decision.writes.changes[0]
  t.equal(written?.state, 'queued', 'it is sent once it is written to the connection')
  t.equal(push?.carries[0]?.timestamp, written?.push?.timestamp)
})

t.test(
  'D1: a listed version confirms a sent change, and its values go into the bucket',
  async (t) => {
    const shared = bucket(SHARED, { target_temperature: 20 })
    const before = state({ changes: [sentChange()] }, user, structure, shared)
    const decision = subscribe(input(before), ...PAIRING, list(SHARED, NOW_MS, 6))
    t.match(decision.moved, [{ id: 1, state: 'confirmed' }])
    t.match(decision.state.buckets.get(SHARED), { revision: 6, value: { target_temperature: 21 } })
    t.strictSame(decision.state.changes, [])
    t.equal(decision.reply.push, undefined)
  },
)

t.test('S2: a queued setpoint also asks for an answer', async (t) => {
  const before = state({ changes: [change({ objectKey: 'shared.X' })] }, user, structure)
  t.equal(subscribe(input(before), ...PAIRING).reply.expectsAnswer, true)
})

t.test(
  'the first subscribe puts a thermostat on file, and an unpaired one is asked for its data',
  async (t) => {
    const decision = subscribe(
      input(state({ device: undefined, owner: undefined })),
      list(SHARED, 9),
    )
    t.match(decision.writes.device, { firstSeenAtMs: NOW_MS, model: null })
    t.equal(decision.isChanged, true)
    t.strictSame(pushedObjects(decision.reply.push), { [SHARED]: {} })
  },
)

t.test('a decision on the same input has the same result', async (t) => {
  const shared = bucket(SHARED, { target_temperature: 20 })
  const before = input(state({ changes: [change(), sentChange({ id: 2 })] }, user, shared))
  const listed = [list(SHARED, 0), { ...list(DEVICE, 0, 0), value: { a: 1 } }]
  t.strictSame(subscribe(before, ...listed), subscribe(before, ...listed))
})
