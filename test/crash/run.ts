// npm run crash -- [rounds] [seed]: a real server on a real file under load, ended with kill -9 again
// and again. Ends with 1, and says with which seed, when something it had promised was not there.
import { crashRounds } from './crash.ts'

const [rounds = '200', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
print(`seed ${seed}`)
const startedAtMs = performance.now()
const { failures, promised, moments, changes, worstFailures, databaseBytes } = await crashRounds({
  rounds: Number(rounds),
  seed: Number(seed),
  maxPromises: 400,
  tell: (round, moment) => {
    if (round % 50 === 0) print(`round ${round}, the last one while ${moment}`)
  },
})
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
const { puts, codes, claims, commands, unanswered } = promised
print(`killed while: ${JSON.stringify(moments)}`)
print(`promised: ${puts} puts, ${codes} codes, ${claims} claims, ${commands} commands`)
print(`asked without an answer, and whole or not there at all: ${unanswered} puts and claims`)
print(`changes ended: ${JSON.stringify(changes)}`)
print(`requests of one thermostat that failed for one crash, at most: ${worstFailures}`)
print(`the database at the end: ${databaseBytes} bytes`)
for (const failure of failures) print(`FOUND ${failure}`)
print(
  `${rounds} rounds with seed ${seed} in ${seconds} s: ${failures.length === 0 ? 'nothing lost' : `${failures.length} failures`}`,
)
process.exitCode = failures.length === 0 ? 0 : 1
