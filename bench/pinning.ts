import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The CPUs of the measured server, as `taskset` takes them; undefined while everything may run anywhere. */
let serverCpus: string | undefined

/**
 * Gives the clients in this process one half of the CPUs and each measured server the other, so that neither takes
 * time from the other. With one CPU, or without `taskset`, everything runs anywhere.
 */
export function pinCpus(): void {
  const cpus = allowedCpus()
  const half = Math.floor(cpus.length / 2)
  if (half === 0) return
  if (runHere(cpus.slice(0, half))) serverCpus = cpus.slice(half).join()
}

/** Lets everything run anywhere during `work`: several servers and a database have no half of their own. */
export async function onAllCpus<T>(work: () => Promise<T>): Promise<T> {
  const own = allowedCpus()
  const ofServers = serverCpus
  if (ofServers === undefined) return work()
  runHere([...own, ...cpusIn(ofServers)])
  serverCpus = undefined
  try {
    return await work()
  } finally {
    runHere(own)
    serverCpus = ofServers
  }
}

function runHere(cpus: readonly number[]): boolean {
  return spawnSync('taskset', ['-a', '-p', '-c', cpus.join(), String(process.pid)]).status === 0
}

/** The command that runs a server where it is to run. */
export function onServerCpus(command: readonly string[]): readonly string[] {
  return serverCpus === undefined ? command : ['taskset', '-c', serverCpus, ...command]
}

function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  return cpusIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '')
}

/** The numbers in a list such as `0,2-3`. */
function cpusIn(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
