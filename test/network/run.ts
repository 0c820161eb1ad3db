// npm run network -- [crowd] [storm] [slow-readers] [vanished]: what clients and networks can do to a
// real server, at full size; all four without a name. Exits with 1 when something was lost, starved or
// never freed.
import { crowd } from './crowd.ts'
import { Report } from './report.ts'
import { slowReaders } from './slow-readers.ts'
import { storm } from './storm.ts'
import { vanished } from './vanished.ts'

const TRIALS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  crowd,
  storm,
  'slow-readers': slowReaders,
  vanished,
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TRIALS)
let failed = 0
for (const name of names) {
  const report = new Report()
  report.say(`== ${name}`)
  const trial = TRIALS[name]
  if (trial === undefined)
    await report.on(() =>
      Promise.reject(
        new Error(`There is no trial ${name}. Use one of: ${Object.keys(TRIALS).join(', ')}.`),
      ),
    )
  else await report.on(trial)
  failed += report.failures.size
}
process.stdout.write(failed === 0 ? 'no failures\n' : `${failed} kinds of failure\n`)
process.exitCode = failed === 0 ? 0 : 1
