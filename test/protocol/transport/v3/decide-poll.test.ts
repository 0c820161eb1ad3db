import t from 'tap'
import type { JsonObject } from '../../../../src/protocol/bucket.ts'
import { decideCommand } from '../../../../src/protocol/commands/decide-command.ts'
import { decideRetry, decideSent } from '../../../../src/protocol/delivery/decide-delivery.ts'
import { decideClaim } from '../../../../src/protocol/pairing/decide-pairing.ts'
import type { EntryKey } from '../../../../src/protocol/pairing/entry-key.ts'
import type { DecisionInput } from '../../../../src/protocol/thermostat/decision.ts'
import type { PolledPairing, ThermostatState } from '../../../../src/protocol/thermostat/state.ts'
import { decidePut } from '../../../../src/protocol/transport/decide-put.ts'
import type { Push } from '../../../../src/protocol/transport/hold.ts'
import type { ListedObject } from '../../../../src/protocol/transport/subscribe-request.ts'
import { decidePoll } from '../../../../src/protocol/transport/v3/decide-poll.ts'
import {
  bucket,
  CONTACT,
  change,
  DEVICE,
  held,
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
} from '../../make.ts'

const HOLD_MS = 290_000
const user = bucket('user.anna', { name: 'anna' })
const structure = bucket('structure.default', { name: 'Home', devices: [SERIAL] })
const shared = bucket(SHARED, { target_temperature: 20 })
const device = bucket(DEVICE, { eco: { mode: 'schedule' } })
const KEY: EntryKey = {
  code: 'A3XR7M2',
  serial: SERIAL,
  expiresAtSteadyMs: now().steadyMs + 3_600_000,
  createdAtMs: NOW_MS,
  asker: null,
  claimedBy: null,
  claimedAtMs: null,
}
const POLLS = { ...held({}), polls: true }

/** A paired thermostat that polls, and was pushed these pairing buckets. */
function polling(told: PolledPairing, over: Partial<ThermostatState> = {}) {
  const before = state(over, user, structure, shared, device)
  return { ...before, device: before.device && { ...before.device, polledPairing: told } }
}
const on = (of: ThermostatState, over: Partial<DecisionInput> = {}) =>
  input(of, { held: POLLS, ...over })
const poll = (of: DecisionInput, ...objects: ListedObject[]) =>
  decidePoll(of, CONTACT, objects, HOLD_MS)
const list = (objectKey: string, timestamp: number, revision = 5): ListedObject => ({
  objectKey,
  revision,
  timestamp,
})
const UP_TO_DATE = [list(SHARED, shared.timestamp), list(DEVICE, device.timestamp)]

t.test('V8: each pairing bucket is pushed once per claim, one per poll', async (t) => {
  let before: ThermostatState = state({}, user, structure, shared, device)
  const pushed: string[] = []
  for (let i = 0; i < 5; i++) {
    const { reply, state: after } = poll(on(before), ...UP_TO_DATE)
    before = after
    if (reply.push === undefined) continue
    pushed.push(JSON.stringify(pushedObjects(reply.push)))
    before = decideSent(on(before), reply.push, true).state
  }
  t.strictSame(pushed, [
    '{"user.anna":{"name":"anna"}}',
    `{"structure.default":{"name":"Home","devices":["${SERIAL}"]}}`,
  ])
  t.equal(before.device?.polledPairing, 'both')

  const lost = poll(on(polling('none')), ...UP_TO_DATE)
  t.same(
    pushedObjects(poll(on(lost.state), ...UP_TO_DATE).reply.push),
    { 'user.anna': { name: 'anna' } },
    'one that was never written goes out again',
  )
  const command: Push = {
    objects: [structure],
    carries: [{ changeId: 1, objectKey: structure.objectKey, timestamp: NOW_MS, kind: 'setting' }],
  }
  t.equal(
    decideSent(on(polling('none')), command, true).state.device?.polledPairing,
    'none',
    'a command to the structure is no pairing',
  )
  t.equal(
    poll(
      on(polling('none')),
      list('user.anna', user.timestamp),
      list('structure.default', structure.timestamp),
    ).reply.push,
    undefined,
    'one that is listed all the same is not pushed',
  )
})

t.test('V8: a claim pushes both buckets again, an old owner’s not at all', async (t) => {
  const before = polling('both', { entryKeys: [KEY] })
  const claimed = decideClaim(on(before), KEY.code, 'bert')
  t.equal(claimed.state.device?.polledPairing, 'none')
  const [push] = claimed.pushes
  t.equal(push?.objects[0].objectKey, 'user.bert')
  const after = decideSent(on(claimed.state), { objects: [user], carries: [] }, true).state
  t.equal(after.device?.polledPairing, 'none', 'a late push of the old owner says nothing')
})

t.test('V6: one bucket answers a poll; the rest waits for the next', async (t) => {
  const both = polling('both', {
    changes: [
      change({ fields: { target_temperature: 22 } }),
      change({
        id: 2,
        commandId: 2,
        objectKey: DEVICE,
        fields: { learning_mode: true },
        kind: 'setting',
      }),
    ],
  })
  const first = poll(on(both), ...UP_TO_DATE)
  t.same(pushedObjects(first.reply.push), { [SHARED]: { target_temperature: 22 } })
  t.ok(first.reply.expectsAnswer, 'S2: the device should report back')
  t.strictSame(
    first.writes.changes.map(({ id }) => id),
    [1],
    'the other change keeps no version of a push that never was',
  )
  const { push } = first.reply
  const sent = decideSent(on(first.state), push ?? { objects: [user], carries: [] }, true)
  const second = poll(on(sent.state), ...UP_TO_DATE)
  t.same(pushedObjects(second.reply.push), { [DEVICE]: { learning_mode: true } })
})

t.test('V10: the version that the next poll lists confirms a change', async (t) => {
  const before = polling('both', { changes: [sentChange()] })
  const { moved, state: after } = poll(on(before), list(SHARED, NOW_MS, 6))
  t.match(moved, [{ state: 'confirmed' }])
  t.equal(after.buckets.get(SHARED)?.revision, 6)
})

t.test('V10: a put with the values, or an acknowledgement, confirms a change', async (t) => {
  for (const value of [{ target_temperature: 21 }, { target_change_pending: false }]) {
    const fields = { target_temperature: 21, target_change_pending: true }
    const before = polling('both', { changes: [sentChange({ fields })] })
    const put = { objectKey: SHARED, value, baseRevision: undefined, ifRevision: undefined }
    const { moved } = decidePut(on(before), CONTACT, { objects: [put], refused: [] })
    t.match(moved, [{ state: 'confirmed' }], JSON.stringify(value))
  }
})

t.test(
  'V6: the changes of one bucket go out together, because a later version proves all',
  async (t) => {
    const low = { away_temperature_low: 14 }
    const fan = sentChange({ objectKey: DEVICE, kind: 'setting', fields: { fan_timer_timeout: 9 } })
    const eco = change({ id: 2, objectKey: DEVICE, kind: 'setting', fields: low })
    const before = on(polling('both', { changes: [fan, eco] }), { now: now(1_000) })
    const both = { [DEVICE]: { fan_timer_timeout: 9, ...low } }
    const answer = poll(before, ...UP_TO_DATE).reply.push
    t.same(pushedObjects(answer), both, 'although the first was sent a second ago')
    const command = ['set_eco_temperatures', { low: 14 }] as const
    const held = on(polling('both', { changes: [fan] }), { now: now(1_000), nextChangeId: 5 })
    const [push] = decideCommand(held, ...command).pushes
    t.match(pushedObjects(push), both, 'and on a held poll')
  },
)

t.test('V10: an acknowledgment under an earlier version confirms nothing', async (t) => {
  const fields = { target_temperature: 21, target_change_pending: true }
  const before = polling('both', { changes: [sentChange({ fields })] })
  const value = { target_change_pending: false }
  const put = { objectKey: SHARED, value, baseRevision: 5, ifRevision: undefined }
  const { moved } = decidePut(on(before), CONTACT, { objects: [put], refused: [] })
  t.notOk(moved.some(({ state: end }) => end === 'confirmed'))
})

t.test('U8: a poll that arrives after the acknowledgment does not undo it', async (t) => {
  const fields = { target_temperature: 21, target_change_pending: true }
  const before = polling('both', { changes: [sentChange({ fields })] })
  const put = (of: ThermostatState, value: JsonObject, baseRevision: number) => {
    const object = { objectKey: SHARED, value, baseRevision, ifRevision: undefined }
    return decidePut(on(of, { now: now(1_000) }), CONTACT, { objects: [object], refused: [] }).state
  }
  const crossed = put(before, { current_temperature: 19 }, 5)
  // Its receipt has the revision of the push.
  t.equal(crossed.buckets.get(SHARED)?.revision, 6)
  const acknowledged = put(crossed, { target_change_pending: false }, 6)
  const { moved, state: after } = poll(
    on(acknowledged, { now: now(2_000) }),
    list(SHARED, NOW_MS, 6),
  )
  t.match(moved, [{ state: 'confirmed' }], 'it was sent before, when the thermostat had the push')
  t.match(after.buckets.get(SHARED)?.value, {
    target_temperature: 21,
    current_temperature: 19,
    target_change_pending: false,
  })
})

t.test(
  'V5: without versions a change is repeated every 5 s, five times, and no loop',
  async (t) => {
    let before: ThermostatState = polling('both', { changes: [change()] })
    const pushedAtMs: number[] = []
    let ended = ''
    for (let afterMs = 0; afterMs < 60_000; afterMs += 500) {
      const at = { now: now(afterMs) }
      const { reply, state: after, moved } = poll(on(before, at))
      before = after
      ended = moved.find(({ state: end }) => end === 'ignored')?.reason ?? ended
      if (reply.push === undefined) continue
      pushedAtMs.push(afterMs)
      before = decideSent(on(before, at), reply.push, true).state
    }
    t.strictSame(pushedAtMs, [0, 5_000, 10_000, 15_000, 20_000])
    t.match(ended, /sent 5 times/)
  },
)

t.test('V5: an unconfirmed change is sent again on a poll that is held (D3)', async (t) => {
  const before = polling('both', { changes: [sentChange()] })
  const held = poll(on(before, { now: now(1_000) }))
  t.equal(held.reply.push, undefined)
  t.equal(held.retryAtSteadyMs, now(5_000).steadyMs)
  const { pushes, reply } = decideRetry(on(held.state, { now: now(5_000) }))
  t.ok(reply)
  t.equal(pushes[0]?.objects[0].objectKey, SHARED)
  const last = polling('both', { changes: [sentChange({ sends: 5 })] })
  const given = decideRetry(on(last, { now: now(5_000) }))
  t.match(given.moved, [{ state: 'ignored' }], 'five times at most')
  t.strictSame(given.pushes, [])
})

t.test('V5: a lost bucket is given back, and no upload is asked for', async (t) => {
  const lost = poll(on(polling('both')), list(SHARED, 0, 0), list(DEVICE, device.timestamp))
  t.same(pushedObjects(lost.reply.push), { [SHARED]: { target_temperature: 20 } })
  t.equal(poll(on(polling('both')), list(SCHEDULE, 0, 0)).reply.push, undefined)
  t.equal(poll(on(polling('both'))).reply.push, undefined, 'nothing is given back to a silent one')
})

t.test('eco: a set_away is confirmed by the eco mode that the thermostat reports', async (t) => {
  const away = sentChange({
    command: 'set_away',
    objectKey: 'structure.default',
    kind: 'setting',
    fields: { manual_eco_all: true, manual_eco_timestamp: 1 },
  })
  const before = polling('both', { changes: [away] })
  t.strictSame(poll(on(before, { now: now(1_000) })).moved, [], 'V8: no list can show it')
  const eco = { mode: 'manual-eco', mode_update_timestamp: Math.floor(NOW_MS / 1000) }
  const put = { objectKey: DEVICE, value: { eco }, baseRevision: undefined, ifRevision: undefined }
  const { moved, state: after } = decidePut(on(before), CONTACT, { objects: [put], refused: [] })
  t.match(moved, [{ state: 'confirmed' }])
  t.equal(after.buckets.get('structure.default')?.value.manual_eco_all, true)

  const home = { ...away, fields: { manual_eco_all: false, away: false } }
  t.match(
    poll(on(polling('both', { changes: [home] }), { now: now(1_000) })).moved,
    [{ state: 'confirmed' }],
    'the thermostat had left eco already',
  )
  const queued = { ...home, state: 'queued' as const, push: null, sends: 0, sentAt: null }
  const unsent = poll(on(polling('both', { changes: [queued] })))
  t.strictSame(unsent.moved, [], 'only a change that was sent is confirmed')
})

t.test('V10: a version that 16 bits make negative shows a push', async (t) => {
  const sent = sentChange({ push: pushed(40_001, NOW_MS) })
  const before = polling('both', { changes: [sent] })
  const shown = { ...bucket(SHARED, {}, { revision: 40_000 }), length: 2 }
  const of = { ...before, buckets: new Map([...before.buckets, [SHARED, shown]]) }
  const moved = (revision: number) => poll(on(of), list(SHARED, NOW_MS + 5_000, revision)).moved
  t.match(moved(-25_535), [{ state: 'confirmed' }])
  t.notMatch(moved(-25_536), [{ state: 'confirmed' }])
})
