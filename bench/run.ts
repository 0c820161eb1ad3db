// npm run bench -- <scenario>… [--json] [--short]: measures nle beside what cannot be beaten here.
import { parseArgs } from 'node:util'
import { type Figure, isMet, ratio, table } from './figure.ts'
import type { Scenario } from './scenario.ts'

const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  put: async () => (await import('./scenarios/put.ts')).put,
  day: async () => (await import('./scenarios/day.ts')).day,
  start: async () => (await import('./scenarios/start.ts')).start,
  growth: async () => (await import('./scenarios/growth.ts')).growth,
  storm: async () => (await import('./scenarios/storm.ts')).storm,
  held: async () => (await import('./scenarios/held.ts')).held,
  pair: async () => (await import('./scenarios/pair.ts')).pair,
  push: async () => (await import('./scenarios/push.ts')).push,
}

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const names = positionals.includes('all') ? Object.keys(SCENARIOS) : positionals
const figures: Figure[] = []
const errors: string[] = []
if (names.length === 0) {
  process.stderr.write(
    `npm run bench -- ${Object.keys(SCENARIOS).join('|')}|all [--json] [--short]\n`,
  )
  process.exitCode = 2
}
for (const name of names) {
  try {
    const scenario = await SCENARIOS[name]?.()
    if (scenario === undefined) throw new Error('there is no such scenario')
    figures.push(...(await scenario({ short: values.short })))
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
