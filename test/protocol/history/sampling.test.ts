import t from 'tap'
import { AT, FIELD_NAMES, type Reading } from '../../../src/protocol/history/reading.ts'
import {
  beginTrack,
  CHANGES,
  observe,
  SLOW_EVERY_MS,
  settle,
} from '../../../src/protocol/history/sampling.ts'

const MINUTE_MS = 60_000

/** A row with these steps; zero for the rest. */
function row(steps: Partial<Record<(typeof FIELD_NAMES)[number], number | null>>): Reading {
  return FIELD_NAMES.map((name) => (name in steps ? (steps[name] ?? null) : 0))
}

const CALM = { online: 1, temperature: 200 }

/** What is kept of readings at these minutes, and by the last minute. */
function kept(readings: readonly (readonly [minute: number, row: Reading])[], lastMinute: number) {
  const [[beganAt, first] = [0, row({})], ...rest] = readings
  let track = beginTrack(first, beganAt * MINUTE_MS)
  const samples = rest.flatMap(([minute, each]) => {
    const observed = observe(track, each, minute * MINUTE_MS)
    track = observed.track
    return observed.samples
  })
  return [...samples, ...settle(track, lastMinute * MINUTE_MS).samples].map(
    ({ atSteadyMs, row: each }) => [atSteadyMs / MINUTE_MS, each[AT.temperature], each[AT.heating]],
  )
}

const CASES: readonly {
  readonly name: string
  readonly readings: readonly (readonly [minute: number, row: Reading])[]
  readonly lastMinute: number
  /** Minute, temperature in tenths and heating of each sample. */
  readonly samples: readonly (readonly (number | null)[])[]
}[] = [
  {
    name: 'nothing new is no sample',
    readings: [
      [0, row(CALM)],
      [7, row(CALM)],
    ],
    lastMinute: 60,
    samples: [],
  },
  {
    name: 'a change is kept at once',
    readings: [
      [0, row(CALM)],
      [1, row({ ...CALM, heating: 1 })],
      [2, row(CALM)],
    ],
    lastMinute: 3,
    samples: [
      [1, 200, 1],
      [2, 200, 0],
    ],
  },
  {
    name: 'a slow reading is kept every five minutes at most, the last one in between',
    readings: [
      [0, row(CALM)],
      [1, row({ ...CALM, temperature: 201 })],
      [3, row({ ...CALM, temperature: 202 })],
      [6, row({ ...CALM, temperature: 203 })],
    ],
    lastMinute: 60,
    samples: [
      [5, 202, 0],
      [10, 203, 0],
    ],
  },
  {
    name: 'a slow reading after a long time is kept at once',
    readings: [
      [0, row(CALM)],
      [9, row({ ...CALM, temperature: 201 })],
    ],
    lastMinute: 60,
    samples: [[9, 201, 0]],
  },
  {
    name: 'a change takes no slow reading along before it is due',
    readings: [
      [0, row(CALM)],
      [2, row({ ...CALM, temperature: 201, heating: 1 })],
    ],
    lastMinute: 60,
    samples: [
      [2, 200, 1],
      [5, 201, 1],
    ],
  },
  {
    name: 'a slow reading that went and came back is none',
    readings: [
      [0, row(CALM)],
      [1, row({ ...CALM, temperature: 201 })],
      [2, row(CALM)],
    ],
    lastMinute: 60,
    samples: [],
  },
  {
    name: 'all readings end and begin with the connection',
    readings: [
      [0, row(CALM)],
      [1, row({ temperature: null, heating: null })],
      [2, row({ ...CALM, temperature: 190 })],
    ],
    lastMinute: 60,
    samples: [
      [1, null, null],
      [2, 190, 0],
    ],
  },
]

for (const { name, readings, lastMinute, samples } of CASES) {
  t.test(name, async (t) => t.strictSame(kept(readings, lastMinute), samples))
}

t.test('one that changes all the time is kept less exactly, and right in the end', async (t) => {
  const readings = Array.from(
    { length: 600 },
    (_, i) => [i / 60, row({ ...CALM, heating: i % 2 })] as const,
  )
  const samples = kept([...readings, [10, row({ ...CALM, heating: 3 })]], 12)
  const most = CHANGES.atOnce + 12 * CHANGES.perMinute
  t.ok(samples.length <= most, `${samples.length} of 600 changes`)
  t.equal(samples.at(-1)?.[2], 3)
  const times = samples.map(([minute]) => minute ?? 0)
  t.strictSame(
    times,
    times.toSorted((a, b) => a - b),
  )
})

t.test('what is held back by the five minutes is dated as when it was due', async (t) => {
  const track = beginTrack(row(CALM), 0)
  const { track: next } = observe(track, row({ ...CALM, temperature: 201 }), 1)
  const { samples } = settle(next, 3_600_000)
  t.equal(samples[0]?.atSteadyMs, SLOW_EVERY_MS)
})
