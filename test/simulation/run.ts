// npm run simulation -- [seeds] [first seed] [trace]: stories with commands, and what became of them.
import { Story } from './story.ts'

const count = Number(process.argv[2] ?? 1000)
const first = Number(process.argv[3] ?? 1)
const startedAtMs = performance.now()
const states: Record<string, number> = {}
let commands = 0
let failed = 0
for (let seed = first; seed < first + count; seed++) {
  const trace =
    process.argv[4] === 'trace' ? (line: string) => process.stdout.write(`${line}\n`) : undefined
  const options = { commands: true, stormMinutes: 120, ...(trace === undefined ? {} : { trace }) }
  const outcome = await new Story(seed, options).tell()
  commands += outcome.commands
  for (const [state, n] of Object.entries(outcome.endStates))
    states[state] = (states[state] ?? 0) + n
  if (outcome.failures.length > 0) {
    failed++
    process.stdout.write(`seed ${seed}: ${[...new Set(outcome.failures)].slice(0, 5).join('; ')}\n`)
  }
}
const seconds = (performance.now() - startedAtMs) / 1000
process.stdout.write(
  `${count} seeds from ${first} in ${seconds.toFixed(1)} s: ${commands} commands, ${failed} failed; changes ended ${JSON.stringify(states)}\n`,
)
process.exitCode = failed > 0 ? 1 : 0
