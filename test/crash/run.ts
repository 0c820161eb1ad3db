// npm run crash -- [rounds] [seed]: kills a server under load with kill -9 in each round. Exits with 1,
// and prints the seed, when the server lost something it had promised.
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
    if (round % 50 === 0) print(`round ${round}, last killed: ${moment}`)
  },
})
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
const { puts, codes, claims, commands, unanswered } = promised
print(`kills by moment: ${JSON.stringify(moments)}`)
print(`promised: ${puts} puts, ${codes} codes, ${claims} claims, ${commands} commands`)
print(`without an answer, and stored whole or not at all: ${unanswered} puts and claims`)
print(`changes by final state: ${JSON.stringify(changes)}`)
print(`most failed requests of one thermostat in one crash: ${worstFailures}`)
print(`final size of the database: ${databaseBytes} bytes`)
for (const failure of failures) print(`FOUND ${failure}`)
print(
  `${rounds} rounds with seed ${seed} in ${seconds} s: ${failures.length === 0 ? 'nothing lost' : `${failures.length} failures`}`,
)
process.exitCode = failures.length === 0 ? 0 : 1
