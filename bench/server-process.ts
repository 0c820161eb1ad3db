import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removedAtEnd } from './interruption.ts'
import { onServerCpus } from './pinning.ts'

/** The unit of CPU times in /proc, on every Linux that Node runs on. */
const TICKS_PER_S = 100
const READY_MS = 30_000

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Memory {
  readonly rssKb: number
  readonly privateKb: number
}

/**
 * Memory of a process. Private memory excludes the pages of the executable, which the kernel can drop
 * and read again.
 */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { rssKb: kb('Rss'), privateKb: kb('Anonymous') + kb('Swap') }
}

/** CPU time of a process so far, and of those of its children that have ended. */
export function cpuOf(pid: number): { readonly ownS: number; readonly endedS: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = ticks
  return { ownS: (user + system) / TICKS_PER_S, endedS: (endedUser + endedSystem) / TICKS_PER_S }
}

export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

/** A measured server in a process of its own. Its log states where it listens. */
export class ServerProcess {
  readonly pid: number
  readonly devicePort: number
  readonly controlPort: number
  /** Where the owner calls the control API: at its socket, which has no rate limits, if the server has one. */
  readonly ownerAt: number | string
  readonly #child: ChildProcess
  #diagnostics: string
  #loggedBytes = 0

  private constructor(
    child: ChildProcess,
    urls: { device_url: string; control_url: string; socket?: string },
    diagnostics: string,
  ) {
    this.#child = child
    this.#diagnostics = diagnostics
    this.pid = child.pid ?? 0
    this.devicePort = Number(new URL(urls.device_url).port)
    this.controlPort = Number(new URL(urls.control_url).port)
    this.ownerAt = urls.socket ?? this.controlPort
    // Reads the output and drops it, so that the server never blocks on it.
    child.stdout?.on('data', (text) => {
      this.#loggedBytes += text.length
    })
    child.stderr?.on('data', (text) => {
      this.#diagnostics = (this.#diagnostics + text).slice(-4096)
    })
  }

  /** The end of what it wrote to standard error. */
  get diagnostics(): string {
    return this.#diagnostics
  }

  /** How much it has logged since it listens. */
  get loggedBytes(): number {
    return this.#loggedBytes
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  static start(command: readonly string[]): Promise<ServerProcess> {
    const [program = '', ...args] = onServerCpus(command)
    const child = spawn(program, args, {
      cwd: ROOT,
      // As `npm start` does.
      env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/nle') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.once(
      'exit',
      removedAtEnd(() => child.kill('SIGKILL')),
    )
    return new Promise((resolve, reject) => {
      let text = ''
      let errors = ''
      const timer = setTimeout(() => refuse('is not ready'), READY_MS)
      const refuse = (why: string): void => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        reject(new Error(`${command.join(' ')} ${why}: ${text}${errors}`))
      }
      const ended = (): void => refuse('ended at once')
      const read = (data: Buffer): void => {
        text += data
        const line = /^.*"device_url".*$/m.exec(text)?.[0]
        if (line === undefined) return
        clearTimeout(timer)
        child.stdout.off('data', read)
        child.stderr.off('data', readErrors)
        child.off('exit', ended)
        resolve(new ServerProcess(child, JSON.parse(line), errors))
      }
      const readErrors = (data: Buffer): void => {
        errors += data
      }
      child.stdout.on('data', read)
      child.stderr.on('data', readErrors)
      child.once('exit', ended)
      child.once('error', (error) => refuse(error.message))
    })
  }

  /** nle from source, on loopback alone. */
  static nle(databasePath: string, nodeFlags: readonly string[] = []): Promise<ServerProcess> {
    return ServerProcess.start(nleCommand(databasePath, nodeFlags))
  }

  /** CPU time so far, all threads, user and system. */
  cpuS(): number {
    return cpuOf(this.pid).ownS
  }

  /**
   * How long its main thread was ready to run and had no CPU, so far: what other programs took. NaN on a
   * kernel that does not count it.
   */
  waitedForCpuS(): number {
    const path = `/proc/${this.pid}/schedstat`
    if (!existsSync(path)) return Number.NaN
    return Number(readFileSync(path, 'utf8').split(' ')[1]) / 1e9
  }

  /** Bytes it has written to disk so far. */
  writtenBytes(): number {
    const text = readFileSync(`/proc/${this.pid}/io`, 'utf8')
    return Number(/^write_bytes: (\d+)$/m.exec(text)?.[1])
  }

  memory(): Memory {
    return memoryOf(this.pid)
  }

  stop(): Promise<void> {
    if (this.hasEnded) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
      this.#child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#child.kill('SIGTERM')
    })
  }
}

/** The sources of the nle that is measured: those of today, or of another commit. */
let servedTree = ROOT

export function serveFrom(tree: string): void {
  servedTree = tree
}

export function nleCommand(databasePath: string, nodeFlags: readonly string[] = []): string[] {
  return serveCommand(['--db', databasePath], nodeFlags)
}

/** nle on PostgreSQL. Each has a folder of its own for its socket. */
export function sharedCommand(databaseUrl: string, folder: string): string[] {
  return ['env', `XDG_DATA_HOME=${folder}`, ...serveCommand(['--database', databaseUrl], [])]
}

/** nle as one file. */
export function executableCommand(file: string, databasePath: string): string[] {
  return [file, ...serveWords(['--db', databasePath])]
}

function serveCommand(database: readonly string[], nodeFlags: readonly string[]): string[] {
  const program = join(servedTree, 'bin/nle.ts')
  return [process.execPath, ...nodeFlags, program, ...serveWords(database)]
}

function serveWords(database: readonly string[]): string[] {
  const loopback = ['--host', '127.0.0.1', '--control-host', '127.0.0.1']
  const ports = ['--port', '0', '--control-port', '0']
  return ['serve', ...database, ...loopback, ...ports, '--log-format', 'json']
}

/**
 * How the bare server stores puts: not at all, one commit per put, one per turn of the event loop, or in PostgreSQL
 * what arrived during the commit before.
 */
export type FloorMode = 'bare' | 'full' | 'group' | 'postgres'

export function floorCommand(mode: FloorMode, databasePath: string): string[] {
  return [process.execPath, 'bench/servers/floor.ts', mode, databasePath]
}
