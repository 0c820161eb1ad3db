import t from 'tap'
import { decideEviction, decideRemoval } from '../../../src/protocol/thermostat/decide-removal.ts'
import { emptyState } from '../../../src/protocol/thermostat/state.ts'
import { bucket, change, input, SERIAL, SHARED, state } from '../make.ts'

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
