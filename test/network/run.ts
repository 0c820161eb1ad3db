// npm run network -- [crowd] [storm] [deaf] [gone]: what a network can do to a real server, at full
// size; all of it without a name. Ends with 1 when something was lost, starved, or kept for ever.
import { crowd } from './crowd.ts'
import { deaf } from './deaf.ts'
import { gone } from './gone.ts'
import { Report } from './report.ts'
import { storm } from './storm.ts'

const TRIALS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  crowd,
  storm,
  deaf,
  gone,
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TRIALS)
let failed = 0
for (const name of names) {
  const report = new Report()
  report.say(`== ${name}`)
  const trial = TRIALS[name]
  if (trial === undefined) await report.on(() => Promise.reject(new Error('no such trial')))
  else await report.on(trial)
  failed += report.failures.size
}
process.stdout.write(failed === 0 ? 'nothing was lost\n' : `${failed} kinds of failure\n`)
process.exitCode = failed === 0 ? 0 : 1
