import t from 'tap'
import { type Outcome, Story, type StoryOptions, stormOf } from './story.ts'

/**
 * `SIMULATION_SEED` shifts the seeds, so that every night plays other stories. A failed story fails again
 * with the seed that is printed with it.
 */
const FIRST_SEED = Number(process.env.SIMULATION_SEED ?? 1)

// A run takes seconds, longer on a busy machine; the limit is for a story that never ends.
t.setTimeout(600_000)

/** Plays stories one after the other, and reports each one that fails. */
async function tellAll(t: Tap, count: number, options: StoryOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    const outcome = await new Story(seed, options).tell()
    outcomes.push(outcome)
    if (outcome.failures.length === 0) continue
    t.fail(`seed ${seed}: ${outcome.failures[0]}`, {
      failures: [...new Set(outcome.failures)].slice(0, 20),
      trace: `npm run simulation -- --servers ${options.servers} 1 ${seed} trace${options.commands ? '' : ' pairing'}`,
    })
  }
  t.pass(`${count} stories from seed ${FIRST_SEED}`)
  return outcomes
}

type Tap = Pick<typeof t, 'fail' | 'pass'>

t.test(
  'with any faults of the network, thermostat and server end paired, with equal buckets',
  async (t) => {
    await tellAll(t, 40, { commands: false, stormMinutes: 120, servers: 1 })
  },
)

t.test('every command ends, no stale value is written, and reconnects stay rare', async (t) => {
  const outcomes = await tellAll(t, 60, { commands: true, stormMinutes: 120, servers: 1 })
  const ends = new Set(outcomes.flatMap(({ endStates }) => Object.keys(endStates)))
  t.ok(
    outcomes.some(({ commands }) => commands > 20),
    'there were many commands',
  )
  const polled = outcomes.filter(({ transport }) => transport === 'v3')
  t.equal(Math.round(outcomes.length / polled.length), 3, 'a third speaks transport v3')
  t.ok(
    polled.some(({ endStates }) => (endStates.confirmed ?? 0) > 10),
    'and follows commands',
  )
  const known = ['confirmed', 'superseded', 'expired', 'ignored']
  t.strictSame(
    [...ends].filter((state) => !known.includes(state)),
    [],
    'none is still open',
  )
})

t.test('two servers on one database keep every promise that one keeps', async (t) => {
  const outcomes = await tellAll(t, 40, { commands: true, stormMinutes: stormOf(2), servers: 2 })
  t.ok(
    outcomes.some(({ commands }) => commands > 20),
    'there were many commands',
  )
})

t.test('the same seed plays the same story', async (t) => {
  const trace = async (servers: number): Promise<string> => {
    const lines: string[] = []
    const options = { commands: true, stormMinutes: 10, servers }
    await new Story(FIRST_SEED, { ...options, trace: (line) => lines.push(line) }).tell()
    return lines.join('\n')
  }
  t.equal(await trace(1), await trace(1))
  t.equal(await trace(2), await trace(2))
})
