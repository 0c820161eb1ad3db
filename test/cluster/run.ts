// npm run cluster -- [seconds] [harms] [thermostats] [seed]: three servers behind HAProxy on one PostgreSQL, whose
// machines' clocks differ. They are killed, drained, paused and cut off from the database, and that restarts. Exits
// with 1, and prints the seed, when something that was promised is lost.
import { NO_POSTGRES } from '../helpers/postgres.ts'
import { NO_HAPROXY } from './balancer.ts'
import { harmCluster } from './cluster.ts'
import { NO_FAKETIME } from './servers.ts'

const [seconds = '300', harms, thermostats = '60', seed = String(Date.now() % 1_000_000)] =
  process.argv.slice(2)
const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function run(): Promise<number> {
  print(`seed ${seed}`)
  if (NO_FAKETIME !== false) print(NO_FAKETIME)
  const result = await harmCluster({
    seconds: Number(seconds),
    harms: Number(harms ?? Math.ceil(Number(seconds) / 5)),
    thermostats: Number(thermostats),
    seed: Number(seed),
    tell: print,
  })
  const { puts, codes, claims, commands, unanswered } = result.promised
  const { user, system } = process.cpuUsage()
  const cpuS = ((user + system) / 1_000_000).toFixed(0)
  const memoryMb = (process.resourceUsage().maxRSS / 1024).toFixed(0)
  print(`harms: ${JSON.stringify(result.harms)}`)
  print(`promised: ${puts} puts, ${codes} codes, ${claims} claims, ${commands} commands`)
  print(`without an answer, and stored whole or not at all: ${unanswered} puts and claims`)
  print(`times that a client was interrupted: ${result.interrupted}`)
  print(`pushes by what thermostats did: ${JSON.stringify(result.pushes)}`)
  print(`setpoints sent again after a put that may have crossed them: ${result.repeated}`)
  print(`changes by final state: ${JSON.stringify(result.changes)}`)
  print(
    `this program: ${cpuS} s of CPU, ${memoryMb} MB, longest stall ${result.longestStallMs.toFixed(0)} ms`,
  )
  const { failures } = result
  for (const failure of failures) print(`FOUND ${failure}`)
  print(`seed ${seed}: ${failures.length === 0 ? 'nothing lost' : `${failures.length} failures`}`)
  return failures.length === 0 ? 0 : 1
}

const missing = NO_POSTGRES || NO_HAPROXY
if (missing !== false) print(`skipped: ${missing}`)
else {
  process.exitCode = await run().catch((error) => {
    print(`FOUND ${error instanceof Error ? error.message : error}`)
    return 1
  })
}
