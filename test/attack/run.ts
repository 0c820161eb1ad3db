// npm run attack -- [name…] [--seconds 60] [--executable path] [--untimed] [--json]: strangers attack a real
// server, and a household must not notice. Exits with 1 when it did.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../bench/server-process.ts'
import { ATTACKS } from './attacks.ts'
import { addAddresses, rerunInNetwork } from './network.ts'
import { json, lines, table } from './report.ts'
import { attacked, type Result } from './trial.ts'

const USAGE = `npm run attack -- [${Object.keys(ATTACKS).join('|')}…]
    --seconds N        how long each attack lasts (60)
    --executable FILE  attack a built nle, not the source
    --untimed          do not judge times: for a busy machine
    --json             one JSON document on the standard output
`

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    executable: { type: 'string' },
    untimed: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const unknown = positionals.find((name) => !Object.hasOwn(ATTACKS, name))
const seconds = Number(values.seconds)
if (unknown !== undefined || !(seconds >= 1)) {
  const what = unknown === undefined ? `--seconds ${values.seconds}` : unknown
  process.stderr.write(`There is no ${what}.\n${USAGE}`)
  process.exitCode = 2
} else {
  process.exitCode = (await rerunInNetwork()) ?? (await run())
}

async function run(): Promise<number> {
  addAddresses()
  const names = positionals.length > 0 ? positionals : Object.keys(ATTACKS)
  const { executable } = values
  const source = [process.execPath, join(ROOT, 'bin/nle.ts')]
  const nle = executable === undefined ? source : [resolve(executable)]
  const results: Result[] = []
  let broken = 0
  for (const name of names) {
    const attack = ATTACKS[name]
    if (attack === undefined) continue
    try {
      const result = await attacked(name, attack, { seconds, nle, judgesTimes: !values.untimed })
      results.push(result)
      if (!values.json) say(lines(result))
    } catch (error) {
      // The attack itself did not work, or no server came up.
      broken += 1
      process.stderr.write(`== ${name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    }
  }
  if (values.json) say([JSON.stringify(results.map(json))])
  else say(['', ...table(results)])
  return broken === 0 && results.every(({ failures }) => failures.length === 0) ? 0 : 1
}

function say(all: readonly string[]): void {
  process.stdout.write(`${all.join('\n')}\n`)
}
