// npm run bench -- <scenario>… [--json] [--short] [--runs <number>]: measures nle beside a bare server, medians of five
// runs; the short form is run once.
// npm run bench -- compare <git ref> <scenario>… [--short]: the same beside the nle of another commit.
// npm run bench -- --check: short forms of some; fails when a ratio to the bare server is over its bound.
import { parseArgs } from 'node:util'
import { BOUNDED, exceeded } from './bounds.ts'
import { compare, RUNS } from './compare.ts'
import { type Figure, isMet, medians, ratio, table } from './figure.ts'
import { cleanUpWhenInterrupted } from './interruption.ts'
import { pinCpus } from './pinning.ts'
import type { Scenario } from './scenario.ts'

const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  put: async () => (await import('./scenarios/put.ts')).put,
  push: async () => (await import('./scenarios/push.ts')).push,
  pair: async () => (await import('./scenarios/pair.ts')).pair,
  held: async () => (await import('./scenarios/held.ts')).held,
  storm: async () => (await import('./scenarios/storm.ts')).storm,
  start: async () => (await import('./scenarios/start.ts')).start,
  executable: async () => (await import('./scenarios/executable.ts')).executable,
  day: async () => (await import('./scenarios/day.ts')).day,
  growth: async () => (await import('./scenarios/growth.ts')).growth,
  page: async () => (await import('./scenarios/page.ts')).page,
  history: async () => (await import('./scenarios/history.ts')).history,
  strangers: async () => (await import('./scenarios/strangers.ts')).strangers,
  dashboards: async () => (await import('./scenarios/dashboards.ts')).dashboards,
  reporting: async () => (await import('./scenarios/reporting.ts')).reporting,
  mqtt: async () => (await import('./scenarios/mqtt.ts')).mqtt,
  list: async () => (await import('./scenarios/list.ts')).list,
  cluster: async () => (await import('./scenarios/cluster.ts')).cluster,
  failover: async () => (await import('./scenarios/failover.ts')).failover,
}

/** These run today's server, or parts of it, whatever commit is asked for. */
const OF_TODAY: readonly string[] = ['day', 'executable', 'history']

/** How many runs in a row must exceed a bound before the check fails. */
const ATTEMPTS = 3

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    runs: { type: 'string' },
  },
  allowPositionals: true,
})
const [verb, ref] = positionals
const isShort = values.short || values.check
const runs = Number(values.runs ?? (isShort ? 1 : RUNS))
const isComparison = verb === 'compare' && ref !== undefined
const names = runs >= 1 ? namesOf(isComparison ? positionals.slice(2) : positionals) : []
const errors: string[] = []
const figures: Figure[] = []
if (names.length === 0) {
  const all = Object.keys(SCENARIOS).join('|')
  process.stderr.write(
    `npm run bench -- ${all}|all [--json] [--short] [--runs <number>]\nnpm run bench -- compare <git ref> <scenario>… [--short]\nnpm run bench -- --check\n`,
  )
  process.exitCode = 2
}
cleanUpWhenInterrupted()
if (!values.check) pinCpus()
for (const name of names) {
  try {
    if (isComparison && OF_TODAY.includes(name)) throw new Error('cannot be compared')
    if (isComparison) {
      const tell = (line: string) => process.stderr.write(`${name}, ${line}\n`)
      process.stdout.write(await compare(ref, () => measured(name), tell))
    } else figures.push(...(await (values.check ? checked(name) : measuredOften(name))))
  } catch (error) {
    errors.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
  }
}
if (values.json) {
  const full = figures.map((figure) => ({ ...figure, ratio: ratio(figure), met: isMet(figure) }))
  process.stdout.write(`${JSON.stringify({ figures: full, errors }, null, 2)}\n`)
} else if (figures.length > 0) process.stdout.write(table(figures))
for (const error of errors) process.stderr.write(`${error}\n`)
if (errors.length > 0) process.exitCode = 1

function namesOf(given: readonly string[]): readonly string[] {
  if (given.includes('all')) return Object.keys(SCENARIOS)
  return given.length === 0 && values.check ? BOUNDED : given
}

async function measured(name: string): Promise<Figure[]> {
  const scenario = await SCENARIOS[name]?.()
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
  return scenario({ short: isShort })
}

/** Each run has its own floor: the speed of a machine changes. */
async function measuredOften(name: string): Promise<Figure[]> {
  const all: Figure[] = []
  for (let run = 1; run <= runs; run++) {
    if (runs > 1) process.stderr.write(`${name}, run ${run} of ${runs}\n`)
    all.push(...(await measured(name)))
  }
  return medians(all)
}

/**
 * Measures again what exceeds a bound: the machine may have been busy. A change that made something
 * worse exceeds the same bound each time.
 */
async function checked(name: string): Promise<Figure[]> {
  let figures = await measured(name)
  let excesses = exceeded(figures)
  for (let attempt = 1; attempt < ATTEMPTS && excesses.length > 0; attempt++) {
    figures = await measured(name)
    const again = exceeded(figures)
    const before = excesses
    excesses = again.filter(({ figure }) => before.some((one) => one.figure === figure))
  }
  errors.push(...excesses.map(({ message }) => message))
  return figures
}
