import t from 'tap'
import { decideCommand } from '../../../src/protocol/commands/decide-command.ts'
import { nameOf } from '../../../src/protocol/view/view-of.ts'
import {
  bucket,
  DEVICE,
  held,
  input,
  NOW_MS,
  pushedObjects,
  refusal,
  SHARED,
  state,
} from '../make.ts'

const HOME = state({}, bucket(SHARED, { name: 'Kitchen' }), bucket(DEVICE, {}))
const renamed = (to: unknown, of = HOME) => decideCommand(input(of), 'set_name', to)

t.test(
  'set_name: the name counts at once, and the thermostat gets it as shared.name',
  async (t) => {
    const listed = held({ [SHARED]: HOME.buckets.get(SHARED)?.timestamp ?? 0 })
    const decision = decideCommand(input(HOME, { held: listed }), 'set_name', ' Hallway upstairs ')
    t.match(decision.reply, { objectKey: SHARED, values: { name: 'Hallway upstairs' } })
    t.match(pushedObjects(decision.pushes[0]), { [SHARED]: { name: 'Hallway upstairs' } })
    t.ok(decision.isChanged)
    t.equal(nameOf(decision.state, NOW_MS), 'Hallway upstairs')
  },
)

t.test('set_name: the name stays when the thermostat reports another one', async (t) => {
  const { state: named } = renamed('Hallway')
  const buckets = new Map([
    [SHARED, { ...bucket(SHARED, { name: 'Nest', label: 'Nest' }), length: 0 }],
  ])
  t.equal(nameOf({ ...named, buckets, changes: [] }, NOW_MS), 'Hallway')
})

t.test('set_name: empty takes it back, and the thermostat has its own name again', async (t) => {
  const { state: once } = renamed('Hallway')
  const { state: twice } = renamed('Upstairs', once)
  const back = renamed('', twice)
  t.match(back.reply?.values, { name: 'Kitchen' })
  t.equal(back.state.device?.givenName, null)
  t.equal(nameOf(back.state, NOW_MS), 'Kitchen')
  t.match(
    refusal(() => renamed('  ', back.state)),
    /no name was given here/,
  )
})

t.test('set_name: what is refused', async (t) => {
  for (const [value, message] of [
    [7, /must be text of at most 64 characters.*not 7/],
    [['a'], /must be text/],
    ['x'.repeat(65), /at most 64 characters, not 65/],
    ['a\u001b[2Jb', /control characters/],
    ['a\u202eb', /control characters/],
    [' All ', /stands for every thermostat/],
  ] as const) {
    t.match(
      refusal(() => renamed(value)),
      message,
      JSON.stringify(value),
    )
  }
  t.equal(nameOf(renamed('x'.repeat(64)).state, NOW_MS), 'x'.repeat(64))
})
