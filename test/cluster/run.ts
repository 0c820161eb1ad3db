// npm run cluster -- [seconds] [harms] [thermostats] [seed]: three servers behind HAProxy on one PostgreSQL, whose
// machines' clocks differ. They are killed and paused, their connections are cut, and the database restarts. Exits
// with 1, and prints the seed, when something that was promised is lost.
import { NO_POSTGRES } from '../helpers/postgres.ts'
import { NO_HAPROXY } from './balancer.ts'
import { harmCluster } from './cluster.ts'

const [seconds = '300', harms, thermostats = '60', seed = String(Date.now() % 1_000_000)] =
  process.argv.slice(2)
const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const missing = NO_POSTGRES || NO_HAPROXY
if (missing !== false) print(`skipped: ${missing}`)
else {
  print(`seed ${seed}`)
  const result = await harmCluster({
    seconds: Number(seconds),
    harms: Number(harms ?? Math.ceil(Number(seconds) / 6)),
    thermostats: Number(thermostats),
    seed: Number(seed),
    tell: print,
  })
  const { puts, codes, claims, commands, unanswered } = result.promised
  print(`harms: ${JSON.stringify(result.harms)}`)
  print(`promised: ${puts} puts, ${codes} codes, ${claims} claims, ${commands} commands`)
  print(`without an answer, and stored whole or not at all: ${unanswered} puts and claims`)
  print(`times that a client was interrupted: ${result.interrupted}`)
  print(`pushes by what thermostats did: ${JSON.stringify(result.pushes)}`)
  print(`changes by final state: ${JSON.stringify(result.changes)}`)
  for (const failure of result.failures) print(`FOUND ${failure}`)
  print(
    `seed ${seed}: ${result.failures.length === 0 ? 'nothing lost' : `${result.failures.length} failures`}`,
  )
  process.exitCode = result.failures.length === 0 ? 0 : 1
}
