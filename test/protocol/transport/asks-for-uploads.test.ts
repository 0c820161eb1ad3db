import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import { decideRetry } from '../../../src/protocol/delivery/decide-delivery.ts'
import { MAX_SENDS } from '../../../src/protocol/delivery/delivery.ts'
import { NO_MEMORY } from '../../../src/protocol/thermostat/memory.ts'
import type { ThermostatState } from '../../../src/protocol/thermostat/state.ts'
import { decidePut } from '../../../src/protocol/transport/decide-put.ts'
import { decideSubscribe } from '../../../src/protocol/transport/decide-subscribe.ts'
import {
  bucket,
  CONTACT,
  change,
  DEVICE,
  held,
  input,
  NOW_MS,
  now,
  pushedObjects,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

const MINUTE_MS = 60_000

/** A server in one run: its state and its memory, from one request of the thermostat to the next. */
class Run {
  server: ThermostatState
  memory = NO_MEMORY
  #afterMs = 0

  constructor(server: ThermostatState) {
    // Without an owner, whose buckets would go out as well.
    this.server = { ...server, owner: undefined }
  }

  pass(ms: number): this {
    this.#afterMs += ms
    return this
  }

  #input(listed: Readonly<Record<string, number>> = {}) {
    const at = { memory: this.memory, now: now(this.#afterMs), held: held(listed) }
    return input(this.server, { ...at, nextChangeId: 10 })
  }

  /** What the answer to a subscribe that lists these timestamps carries, by object key. */
  subscribe(listed: Readonly<Record<string, number>>, revision = 405): Record<string, JsonObject> {
    const objects = Object.entries(listed).map(([objectKey, timestamp]) => ({
      objectKey,
      revision,
      timestamp,
    }))
    const decision = decideSubscribe(this.#input(listed), CONTACT, objects, 290_000)
    this.server = decision.state
    this.memory = decision.memory
    return pushedObjects(decision.reply.push)
  }

  put(objectKey: string, value: JsonObject, baseRevision?: number) {
    const objects = [{ objectKey, value, baseRevision, ifRevision: undefined }]
    const decision = decidePut(this.#input(), CONTACT, { objects, refused: [] })
    this.server = decision.state
    this.memory = decision.memory
    return decision.reply[0] ?? bucket(objectKey, {})
  }

  retry(listed: Readonly<Record<string, number>>): Record<string, JsonObject> {
    const decision = decideRetry(this.#input(listed))
    this.server = decision.state
    return pushedObjects(decision.pushes[0])
  }

  get changes(): (readonly [Change['state'], settled: boolean])[] {
    return this.server.changes.map(({ state, settled }) => [state, settled] as const)
  }
}

const WHOLE_SHARED = { target_temperature: 20, target_temperature_type: 'heat', can_heat: true }
const WHOLE_DEVICE = { current_version: '5.9.4', current_humidity: 40 }

t.test('section 4: a thermostat from elsewhere is asked once a minute, five times', async (t) => {
  const run = new Run(state())
  const asked = Array.from({ length: 10 }, (_, n) => {
    run.pass(n === 0 ? 0 : MINUTE_MS)
    const first = run.subscribe({ [SHARED]: 9 })
    t.strictSame(run.subscribe({ [SHARED]: 9 }), {}, 'not twice in a minute')
    return Object.hasOwn(first, SHARED)
  })
  t.strictSame(asked, [...Array(5).fill(true), ...Array(5).fill(false)])
  run.put(SHARED, WHOLE_SHARED, 405)
  t.strictSame(run.pass(MINUTE_MS).subscribe({ [SHARED]: 9 }), {}, 'it has put')
  run.server = state({ owner: undefined })
  t.strictSame(run.subscribe({ [SHARED]: 9 }), { [SHARED]: {} }, 'a put starts the count anew')
})

t.test('section 4: only what is missing is asked for', async (t) => {
  const shared = bucket(SHARED, WHOLE_SHARED)
  const run = new Run(state({}, shared))
  const listed = { [SHARED]: shared.timestamp, [DEVICE]: 9, 'where.x': 9, 'own_type.y': 9 }
  t.strictSame(Object.keys(run.subscribe(listed)), [DEVICE, 'where.x', 'own_type.y'])
  const elsewhere = { 'user.elsewhere': 9, 'structure.elsewhere': 9, [DEVICE]: 9 }
  t.strictSame(new Run(state()).subscribe(elsewhere), { [DEVICE]: {} })
})

t.test('section 4: a part of a bucket from elsewhere does not end the questions', async (t) => {
  const run = new Run(state())
  const { timestamp } = run.put(DEVICE, { battery_level: 3.8 }, 405)
  t.strictSame(run.subscribe({ [DEVICE]: timestamp }), { [DEVICE]: {} })
  run.put(DEVICE, { battery_level: 3.7 }, 406)
  t.strictSame(run.subscribe({ [DEVICE]: timestamp }), {}, 'once a minute')
  t.strictSame(run.pass(MINUTE_MS).subscribe({ [DEVICE]: timestamp }), { [DEVICE]: {} })
  run.memory = NO_MEMORY
  t.strictSame(run.subscribe({ [DEVICE]: timestamp }), { [DEVICE]: {} }, 'after a restart too')
  const whole = run.put(DEVICE, WHOLE_DEVICE, 407)
  t.strictSame(run.pass(MINUTE_MS).subscribe({ [DEVICE]: timestamp }), {}, 'it has uploaded')

  const onFile = bucket(DEVICE, { battery_level: 3.8 })
  const restarted = new Run(state({}, onFile))
  t.strictSame(restarted.subscribe({ [DEVICE]: onFile.timestamp }), {}, 'the same on both sides')
  const begun = new Run(state())
  begun.put(DEVICE, { battery_level: 3.8 }, 0)
  t.strictSame(begun.subscribe({ [DEVICE]: whole.timestamp }), {}, 'it has told all that it has')
})

t.test('section 4: an upload counts although its revision is past 16 bits', async (t) => {
  const part = { ...bucket(DEVICE, { battery_level: 3.8 }), revision: 32_770 }
  const before = state({}, part)
  const awaitedUploads = [DEVICE]
  const run = new Run({ ...before, device: before.device && { ...before.device, awaitedUploads } })
  const listed = { [DEVICE]: part.timestamp }
  t.strictSame(run.subscribe(listed, -32_766), { [DEVICE]: {} })
  run.put(DEVICE, WHOLE_DEVICE, -32_766)
  t.strictSame(run.pass(MINUTE_MS).subscribe(listed, -32_766), {}, 'it is asked no more')
})

t.test('section 4: the upload comes first, then the change that waits', async (t) => {
  const listed = { [SHARED]: NOW_MS - 5 }
  const waiting = () => new Run(state({ changes: [change()] }))
  const answers = waiting()
  t.strictSame(answers.subscribe(listed), { [SHARED]: {} })
  const { timestamp, revision } = answers.pass(1_000).put(SHARED, WHOLE_SHARED, 405)
  t.equal(revision, 406, 'the revision goes on from that of the thermostat')
  t.match(answers.pass(3_000).subscribe({ [SHARED]: timestamp }, revision), {
    [SHARED]: { target_temperature: 21 },
  })
  const silent = waiting()
  silent.subscribe(listed)
  t.match(silent.pass(20_000).retry(listed), { [SHARED]: { target_temperature: 21 } })
  t.equal(silent.server.changes[0]?.push?.revision, 406, 'D1: later than what it listed')
})

t.test('section 4: a push that arrives before the upload leaves the rest unknown', async (t) => {
  const pushed = sentChange({ push: { ...PUSH, since: PUSH } })
  const run = new Run(state({ changes: [pushed] }))
  t.strictSame(
    run.subscribe({ [SHARED]: PUSH.timestamp }, PUSH.revision),
    { [SHARED]: {} },
    'it is confirmed, and the bucket asked for',
  )
  t.match(run.server.buckets.get(SHARED)?.value, { target_temperature: 21 })
  run.put(SHARED, { ...WHOLE_SHARED, target_temperature: 21 }, PUSH.revision)
  t.strictSame(run.pass(MINUTE_MS).subscribe({ [SHARED]: PUSH.timestamp }), {})
})

const PUSH = { revision: 406, timestamp: NOW_MS, stampedAtMs: NOW_MS }

t.test('D3, D4: the upload after an ignored change settles whether it arrived', async (t) => {
  const shared = bucket(SHARED, WHOLE_SHARED)
  const listed = { [SHARED]: shared.timestamp }
  const ignored = () => {
    const run = new Run(state({ changes: [sentChange({ sends: MAX_SENDS })] }, shared))
    t.strictSame(run.subscribe(listed, 5), { [SHARED]: {} }, 'it is asked at once')
    t.strictSame(run.changes, [['ignored', false]])
    return run
  }
  const arrived = ignored()
  arrived.put(SHARED, { ...WHOLE_SHARED, target_temperature: 21 }, 5)
  t.strictSame(arrived.changes, [], 'confirmed, and no longer tracked')
  t.match(arrived.server.buckets.get(SHARED)?.value, { target_temperature: 21 })
  const expired = new Run(
    state({ changes: [sentChange({ state: 'expired', endedAtMs: NOW_MS })] }, shared),
  )
  t.strictSame(expired.subscribe(listed, 5), { [SHARED]: {} }, 'D4: one that expired as well')
  expired.put(SHARED, { ...WHOLE_SHARED, target_temperature: 21 }, 5)
  t.strictSame(expired.changes, [])
  const other = ignored()
  other.put(SHARED, WHOLE_SHARED, 5)
  t.strictSame(other.changes, [], 'it stays ignored, and what the thermostat has is on file')
  const silent = ignored()
  silent.put(SHARED, { can_heat: false }, 5)
  t.strictSame(silent.changes, [['ignored', false]], 'a part tells nothing')
  const asked = Array.from({ length: 9 }, () =>
    Object.hasOwn(silent.pass(MINUTE_MS).subscribe(listed, 5), SHARED),
  )
  t.equal(asked.filter(Boolean).length, 4, 'five times in all')
})

t.test('D1: a later command that arrived settles an earlier one that was given up', async (t) => {
  const given = sentChange({ state: 'expired', endedAtMs: NOW_MS, push: { ...PUSH, since: PUSH } })
  const version = { revision: 407, timestamp: NOW_MS + 1_000 }
  const later = sentChange({
    id: 2,
    fields: { target_temperature: 23, target_change_pending: true },
    push: { ...version, stampedAtMs: NOW_MS, since: version },
  })
  const run = new Run(state({ changes: [given, later] }, bucket(SHARED, WHOLE_SHARED)))
  run.subscribe({ [SHARED]: version.timestamp }, version.revision)
  t.strictSame(run.changes, [], 'its push can change nothing any more')
  run.put(SHARED, { target_change_pending: false }, version.revision)
  t.equal(run.server.buckets.get(SHARED)?.value.target_temperature, 23)
})

t.test('section 4: an upload that crosses what is given back leaves it open', async (t) => {
  const stored = bucket(DEVICE, { ...WHOLE_DEVICE, away_temperature_low: 12 })
  const given = () => {
    const run = new Run(state({}, stored))
    t.strictSame(run.subscribe({ [DEVICE]: 0 }, 0), { [DEVICE]: { away_temperature_low: 12 } })
    return run
  }
  const crossed = given()
  const factory = { ...WHOLE_DEVICE, away_temperature_low: 16 }
  const { timestamp, revision } = crossed.put(DEVICE, factory, 0)
  t.strictSame(crossed.subscribe({ [DEVICE]: timestamp }, revision), { [DEVICE]: {} })
  crossed.put(DEVICE, { ...WHOLE_DEVICE, away_temperature_low: 12 }, revision)
  t.equal(crossed.server.buckets.get(DEVICE)?.value.away_temperature_low, 12)
  t.strictSame(crossed.pass(MINUTE_MS).subscribe({ [DEVICE]: NOW_MS + 9 }), {}, 'settled')

  const agrees = given()
  agrees.put(DEVICE, { ...WHOLE_DEVICE, away_temperature_low: 12 }, 0)
  t.strictSame(agrees.subscribe({ [DEVICE]: stored.timestamp }, 5), {}, 'it puts the same')
  const later = given().pass(MINUTE_MS)
  later.put(DEVICE, factory, 0)
  t.strictSame(later.subscribe({ [DEVICE]: NOW_MS + 9 }, 6), {}, 'a minute later it is a setting')
})

t.test('D1: an upload request never goes out beside a push of the same bucket', async (t) => {
  const shared = bucket(SHARED, WHOLE_SHARED)
  const over = sentChange({ state: 'ignored', endedAtMs: NOW_MS })
  const later = change({ id: 2, fields: { target_temperature: 23 } })
  const run = new Run(state({ changes: [over, later] }, shared))
  const listed = { [SHARED]: shared.timestamp }
  t.match(run.subscribe(listed, 5), { [SHARED]: { target_temperature: 23 } })
})
