import t from 'tap'
import { decideCommand } from '../../../src/protocol/commands/decide-command.ts'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import { bucket, change, input, SHARED, state } from '../make.ts'

const shared = bucket(SHARED, { target_temperature: 20, target_temperature_type: 'heat' })

function decided(changes: readonly Change[]) {
  const before = state({ changes }, shared)
  return decideCommand(input(before, { nextChangeId: 1_000 }), 'set_temperature', 21)
}

function superseded(id: number, text = 'x'): Change {
  const fields = { [`other_${id}`]: text }
  return { ...change({ id, fields }), state: 'superseded', endedAtMs: 1, settled: false }
}

t.test('of a flood of commands, the oldest that have ended are no longer tracked', async (t) => {
  const many = Array.from({ length: 200 }, (_, i) => superseded(i + 1))
  const { state: after } = decided(many)
  t.equal(after.changes.length, 128)
  t.equal(after.changes[0]?.id, 74)
  t.equal(after.changes.at(-1)?.id, 1_000)
})

t.test('their bytes count, too', async (t) => {
  const { state: after } = decided([1, 2, 3].map((id) => superseded(id, 'x'.repeat(100_000))))
  t.strictSame(
    after.changes.map(({ id }) => id),
    [2, 3, 1_000],
  )
})

t.test('commands that are on their way stay, and a further one is refused', async (t) => {
  const open = Array.from({ length: 128 }, (_, i) =>
    change({ id: i + 1, fields: { [`other_${i}`]: 1 } }),
  )
  t.throws(() => decided(open), {
    code: 'rate_limited',
    message: /^Too many commands wait for this thermostat/,
  })
  t.equal(decided(open.slice(1)).state.changes.length, 128)
})
