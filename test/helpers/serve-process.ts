import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const ENTRY = fileURLToPath(new URL('../../bin/nle.ts', import.meta.url))

/** A real `nle serve` in a process of its own. */
export interface ServeProcess {
  readonly pid: number
  readonly deviceUrl: string
  readonly controlUrl: string
  /** Ends it with this signal; resolves to its exit code, null when the signal killed it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts one on ports of its own; it does not outlive the test. */
export async function serveProcess(t: Test, databasePath: string): Promise<ServeProcess> {
  const child = spawnServe(databasePath)
  t.teardown(() => child.end('SIGKILL'))
  return child.serving
}

/** A process that was only just started. */
export interface StartingProcess {
  /** Resolves once it listens; rejects when it ends before. */
  readonly serving: Promise<ServeProcess>
  end(signal: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts a process and does not wait for it.
 *
 * @param settings - environment variables beside the addresses
 */
export function spawnServe(
  databasePath: string,
  settings: Readonly<Record<string, string>> = {},
): StartingProcess {
  const child = spawn(process.execPath, [ENTRY, 'serve', '--log-format', 'json'], {
    // Nothing of the environment the tests run in: what it reads, it is given.
    env: {
      HOME: '/nonexistent',
      SQLITE3_DB_PATH: databasePath,
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
      CONTROL_HOST: '127.0.0.1',
      CONTROL_PORT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return exited
  }
  const serving = listening(child).then(({ device_url, control_url }) => ({
    pid: child.pid ?? 0,
    deviceUrl: device_url,
    controlUrl: control_url,
    end,
  }))
  // Who ends it before it serves need not wait for that.
  serving.catch(() => {})
  return { serving, end }
}

/** The log line that says where it listens. */
function listening(child: ChildProcess): Promise<{ device_url: string; control_url: string }> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('its output is not read')
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"event":"serving"')) resolve(JSON.parse(line))
    })
    child.on('exit', (code) => reject(new Error(`nle serve ended with ${code} before it served`)))
  })
}
