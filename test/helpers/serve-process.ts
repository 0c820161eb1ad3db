import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const ENTRY = fileURLToPath(new URL('../../bin/nle.ts', import.meta.url))

/** An `nle serve` in a process of its own. */
export interface ServeProcess {
  readonly pid: number
  readonly deviceUrl: string
  readonly controlUrl: string
  /** What it has logged so far. */
  readonly log: readonly LogEntry[]
  /** Sends this signal; resolves to the exit code, null when the signal killed it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** A line of its log. */
export type LogEntry = Readonly<Record<string, string | number>>

/** Starts `nle serve` on free ports; it is killed when the test ends. */
export async function serveProcess(t: Test, databasePath: string): Promise<ServeProcess> {
  const child = spawnServe(databasePath)
  t.teardown(() => child.end('SIGKILL'))
  return child.serving
}

/** An `nle serve` that may not be listening yet. */
export interface StartingProcess {
  /** Resolves once it listens; rejects when it ends before that. */
  readonly serving: Promise<ServeProcess>
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts `nle serve` without waiting until it listens.
 *
 * @param settings - environment variables beside the addresses
 * @param where - the command that runs it somewhere else, such as in a network namespace
 */
export function spawnServe(
  databasePath: string,
  settings: Readonly<Record<string, string>> = {},
  where: readonly string[] = [],
): StartingProcess {
  const env = {
    HOME: '/nonexistent',
    SQLITE3_DB_PATH: databasePath,
    SERVER_HOST: '127.0.0.1',
    SERVER_PORT: '0',
    CONTROL_HOST: '127.0.0.1',
    CONTROL_PORT: '0',
    ...settings,
  }
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const serve = [process.execPath, ENTRY, 'serve', '--log-format', 'json']
  // With a clean environment: the test runner's would put its own signal handlers into the process.
  const [file = '', ...words] = [...where, '/usr/bin/env', '-i', ...variables, ...serve]
  const child = spawn(file, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return exited
  }
  const log: LogEntry[] = []
  const serving = listening(child, log).then(({ device_url, control_url }) => ({
    pid: child.pid ?? 0,
    deviceUrl: String(device_url),
    controlUrl: String(control_url),
    log,
    end,
  }))
  // A caller that ends it early need not handle this rejection.
  serving.catch(() => {})
  return { serving, end }
}

/** Reads its log; resolves to the line that says where it listens. */
function listening(child: ChildProcess, log: LogEntry[]): Promise<LogEntry> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('standard output is not a pipe')
    createInterface(child.stdout).on('line', (line) => {
      // A killed process may not finish its last line.
      if (!line.endsWith('}')) return
      const entry = JSON.parse(line) as LogEntry
      log.push(entry)
      if (entry.event === 'serving') resolve(entry)
    })
    child.on('exit', (code) => reject(new Error(`nle serve ended with ${code} before it served`)))
  })
}
