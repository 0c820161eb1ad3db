// npm run simulation -- [--servers N] [seeds] [first seed] [trace] [pairing]: plays seeded stories, and prints
// their results. `--servers 2` lets two servers share a database; `trace` prints every event; `pairing` plays
// stories without commands.
import { parseArgs } from 'node:util'
import { Story, stormOf } from './story.ts'

const { values, positionals } = parseArgs({
  options: { servers: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const [seeds = '1000', firstSeed = '1', ...words] = positionals
const servers = Number(values.servers)
const count = Number(seeds)
const first = Number(firstSeed)
const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const options = {
  commands: !words.includes('pairing'),
  servers,
  stormMinutes: stormOf(servers),
  ...(words.includes('trace') ? { trace: print } : {}),
}
const startedAtMs = performance.now()
const states: Record<string, number> = {}
let commands = 0
let failed = 0
for (let seed = first; seed < first + count; seed++) {
  const outcome = await new Story(seed, options).tell()
  commands += outcome.commands
  for (const [state, n] of Object.entries(outcome.endStates)) {
    states[state] = (states[state] ?? 0) + n
  }
  if (outcome.failures.length === 0) continue
  failed++
  print(`seed ${seed}: ${[...new Set(outcome.failures)].slice(0, 5).join('; ')}`)
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
const ends = JSON.stringify(states)
print(
  `${count} seeds from ${first}, ${servers === 1 ? 'one server' : `${servers} servers`}, in ${seconds} s: ${commands} commands, ${failed} failed; changes ended ${ends}`,
)
process.exitCode = failed > 0 ? 1 : 0
