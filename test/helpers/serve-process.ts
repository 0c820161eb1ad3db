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
  const child = spawn(process.execPath, [ENTRY, 'serve', '--log-format', 'json'], {
    // Nothing of the environment the tests run in: what it reads, it is given.
    env: {
      HOME: '/nonexistent',
      SQLITE3_DB_PATH: databasePath,
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
      CONTROL_HOST: '127.0.0.1',
      CONTROL_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const { device_url, control_url } = await serving(child)
  return {
    pid: child.pid ?? 0,
    deviceUrl: device_url,
    controlUrl: control_url,
    end: (signal) => {
      child.kill(signal)
      return exited
    },
  }
}

/** The log line that says where it listens. */
function serving(child: ChildProcess): Promise<{ device_url: string; control_url: string }> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('its output is not read')
    createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line)
      if (entry.event === 'serving') resolve(entry)
    })
    child.on('exit', (code) => reject(new Error(`nle serve ended with ${code} before it served`)))
  })
}
