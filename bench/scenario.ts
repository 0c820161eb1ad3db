import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'
import { ServerProcess } from './server-process.ts'

/** How much is measured. */
export interface Extent {
  /** Less of everything, for CI: ratios mean something, absolute figures little. */
  readonly short: boolean
}

/** Measures something and checks all that it counts; throws where an answer is wrong. */
export type Scenario = (extent: Extent) => Promise<Figure[]>

/** A folder on disk for the time of `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nle-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A server for the time of `work`. */
export async function withServer<T>(
  command: readonly string[],
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await ServerProcess.start(command)
  try {
    return await work(server)
  } catch (error) {
    const said = server.diagnostics
    throw said === '' ? error : new Error(`${String(error)}\nThe server said: ${said}`)
  } finally {
    await server.stop()
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

export function check(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(`wrong answer: ${what()}`)
}
