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
  const own = cpus.slice(0, half).join()
  const { status } = spawnSync('taskset', ['-a', '-p', '-c', own, String(process.pid)])
  if (status === 0) serverCpus = cpus.slice(half).join()
}

/** The command that runs a server where it is to run. */
export function onServerCpus(command: readonly string[]): readonly string[] {
  return serverCpus === undefined ? command : ['taskset', '-c', serverCpus, ...command]
}

function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
