import t from 'tap'
import type { EntryKey } from '../../../src/protocol/pairing/entry-key.ts'
import {
  decideEviction,
  decideForgetting,
  decideRemoval,
} from '../../../src/protocol/thermostat/decide-removal.ts'
import { emptyState } from '../../../src/protocol/thermostat/state.ts'
import { bucket, change, input, NOW_MS, now, SERIAL, SHARED, state } from '../make.ts'

t.test('a removal ends open changes, and leaves an empty state', async (t) => {
  const before = state({ changes: [change()] }, bucket(SHARED, {}))
  const decision = decideRemoval(input(before))
  t.equal(decision.reply, 1)
  t.match(decision.moved, [{ state: 'superseded', reason: 'the thermostat was deleted' }])
  t.equal(decision.writes.device, null)
  t.strictSame(decision.state, emptyState(SERIAL))
  t.equal(decideRemoval(input(emptyState(SERIAL))).reply, undefined)
})

t.test('an eviction removes only unpaired thermostats', async (t) => {
  t.equal(decideEviction(input(state())).reply, false)
  t.equal(decideEviction(input(state({ owner: undefined }))).writes.device, null)
})

t.test('an operator forgets what is not paired, and keeps what shows a code', async (t) => {
  const kept = { type: 'kept' }
  const forgotten = { type: 'forgotten', length: 0 }
  t.strictSame(decideForgetting(input(state()), true).reply, kept, 'paired')
  const unpaired = state({ owner: undefined })
  t.strictSame(decideForgetting(input(unpaired), false).reply, forgotten)
  const key: EntryKey = {
    code: 'A3XR7M2',
    serial: SERIAL,
    createdAtMs: NOW_MS,
    expiresAtSteadyMs: now(3_600_000).steadyMs,
    claimedBy: null,
    claimedAtMs: null,
    asker: null,
  }
  const waiting = { ...unpaired, entryKeys: [key] }
  t.strictSame(decideForgetting(input(waiting), false).reply, kept)
  t.strictSame(decideForgetting(input(waiting), true).reply, forgotten)
  const later = input(waiting, { now: now(3_600_000) })
  t.strictSame(decideForgetting(later, false).reply, forgotten, 'the code has expired')
  t.strictSame(decideForgetting(input(emptyState(SERIAL)), true).reply, kept)
})
