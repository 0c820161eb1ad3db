import t from 'tap'
import { decideCommand, decideCommands } from '../../../src/protocol/commands/decide-command.ts'
import {
  bucket,
  change,
  held,
  input,
  now,
  pushedObjects,
  refusal,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

const shared = bucket(SHARED, { target_temperature: 20, target_temperature_type: 'heat' })

t.test(
  'a command is queued under the reserved id, and pushed where a connection is held',
  async (t) => {
    const before = state({}, shared)
    const waiting = decideCommand(input(before, { nextChangeId: 7 }), 'set_temperature', 21)
    t.match(waiting.reply, { changeId: 7, delivery: 'queued', values: { target_temperature: 21 } })
    t.match(waiting.moved, [{ id: 7, commandId: 7, state: 'queued' }])
    t.strictSame(waiting.pushes, [])

    const holding = input(before, { held: held({ [SHARED]: shared.timestamp }) })
    const pushed = decideCommand(holding, 'set_temperature', 21)
    t.match(pushed.reply, { delivery: 'pushed' })
    t.match(pushedObjects(pushed.pushes[0]), { [SHARED]: { target_temperature: 21 } })
    t.ok(pushed.writes.changes[0]?.push, 'D2: its version is on file before it goes out')
  },
)

t.test(
  'D1: a later command supersedes the field; what is left of the earlier one goes out anew',
  async (t) => {
    const range = { target_temperature_high: 24, target_temperature_low: 20 }
    const before = state({ changes: [sentChange({ id: 1, fields: range })] }, shared)
    const decision = decideCommand(input(before, { nextChangeId: 2 }), 'set_temperature', {
      high: 25,
      low: 21,
    })
    t.match(decision.moved, [
      { id: 1, state: 'superseded' },
      { id: 2, state: 'queued' },
    ])
    t.equal(
      decision.state.changes.find(({ id }) => id === 1)?.settled,
      false,
      'it may have arrived',
    )
  },
)

t.test('a command with several parts shares one command id', async (t) => {
  const decision = decideCommand(input(state({}, shared), { nextChangeId: 4 }), 'set_away', false)
  t.match(decision.writes.changes, [
    { id: 4, commandId: 4 },
    { id: 5, commandId: 4 },
  ])
})

t.test('D4: a setpoint expires after 30 minutes, on the steady clock', async (t) => {
  const { writes } = decideCommand(input(state({}, shared)), 'set_temperature', 21)
  t.equal(writes.changes[0]?.expiresAtSteadyMs, now().steadyMs + 30 * 60_000)
})

t.test('D6: a second schedule waits for its turn and asks for a retry', async (t) => {
  const week = { ver: 2, schedule_mode: 'HEAT', days: {} }
  const before = state({}, shared)
  const holding = { held: held({}) }
  const first = decideCommand(input(before, holding), 'set_schedule', week)
  t.equal(first.pushes.length, 1)
  const second = decideCommand(
    input(first.state, { ...holding, memory: first.memory, now: now(5_000), nextChangeId: 9 }),
    'set_schedule',
    { ...week, name: 'Other' },
  )
  t.strictSame(second.pushes, [])
  t.equal(second.retryAtSteadyMs, now(15_000).steadyMs)
})

t.test('what was refused or is of no known thermostat leaves no trace', async (t) => {
  const before = input(state({}, shared))
  t.match(
    refusal(() => decideCommand(before, 'set_temperature', 'warm')),
    /temperature must be a number/,
  )
  const unknown = decideCommand(input(state({ device: undefined })), 'set_temperature', 21)
  t.equal(unknown.reply, undefined)
  t.strictSame(unknown.writes.changes, [])
})

t.test('several commands go out in one push, each with an id of its own', async (t) => {
  const before = input(state({}, shared), { held: held({}), nextChangeId: 3 })
  const requests = [
    { command: 'set_temperature', value: 21 },
    { command: 'set_mode', value: 'heat' },
  ]
  const { reply, pushes } = decideCommands(before, requests, 'person')
  t.match(reply, [
    { changeId: 3, delivery: 'pushed' },
    { changeId: 4, delivery: 'pushed' },
  ])
  t.equal(pushes.length, 1)
  t.match(pushedObjects(pushes[0]), {
    [SHARED]: { target_temperature: 21, target_temperature_type: 'heat' },
  })
})

t.test('of several commands one is refused: nothing is written', async (t) => {
  const before = input(state({}, shared))
  const requests = [
    { command: 'set_temperature', value: 21 },
    { command: 'set_mode', value: 'hot' },
  ]
  t.match(
    refusal(() => decideCommands(before, requests, 'person')),
    /mode must be/,
  )
})

t.test('D1: of two commands for one field in one request, the later one counts', async (t) => {
  const before = input(state({}, shared), { held: held({}) })
  const requests = [
    { command: 'set_temperature', value: 21 },
    { command: 'set_temperature', value: 22 },
  ]
  const { state: after, pushes } = decideCommands(before, requests, 'person')
  t.match(pushedObjects(pushes[0]), { [SHARED]: { target_temperature: 22 } })
  t.strictSame(
    after.changes.map(({ id, state }) => [id, state]),
    [[2, 'queued']],
  )
})

t.test('an earlier change of the same bucket that waits goes along with the push', async (t) => {
  const waiting = change({ id: 1, fields: { schedule_mode: 'HEAT' }, kind: 'setting' })
  const before = state({ changes: [waiting] }, shared)
  const { pushes } = decideCommand(
    input(before, { held: held({}), nextChangeId: 2 }),
    'set_temperature',
    21,
  )
  t.match(pushedObjects(pushes[0]), { [SHARED]: { schedule_mode: 'HEAT', target_temperature: 21 } })
  t.strictSame(
    pushes[0]?.carries.map(({ changeId }) => changeId),
    [1, 2],
  )
})
