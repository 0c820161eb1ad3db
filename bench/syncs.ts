import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PutLoadOptions, putLoad } from './put-load.ts'
import { withServer } from './scenario.ts'

/**
 * Disk syncs per put, counted by strace in a run of its own because strace slows the server. Undefined
 * where there is no strace.
 */
export async function syncsPerPut(
  command: readonly string[],
  folder: string,
  options: PutLoadOptions,
): Promise<number | undefined> {
  if (spawnSync('strace', ['-V'], { stdio: 'ignore' }).status !== 0) return undefined
  const trace = join(folder, `trace-${options.connections}`)
  const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-ttt', '-o', trace]
  const traced = [...strace, '-e', 'trace=fsync,fdatasync', ...command]
  let fromS = 0
  let toS = 0
  const { puts } = await withServer(traced, async (server) => {
    fromS = Date.now() / 1000
    const load = await putLoad(server, { ...options, warmUpSeconds: 0 })
    toS = Date.now() / 1000
    return load
  })
  const syncs = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line.includes('sync(') && !line.includes('resumed'))
    .map((line) => Number(/^\d+\s+(\d+\.\d+)/.exec(line)?.[1]))
    .filter((atS) => atS >= fromS && atS <= toS)
  return syncs.length / puts
}
