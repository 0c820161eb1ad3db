import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'
import { removedAtEnd } from './interruption.ts'
import { ServerProcess } from './server-process.ts'

/** How long to measure. */
export interface Extent {
  /** Less of everything, for CI: ratios stay meaningful, absolute figures do not. */
  readonly short: boolean
}

/** Measures something and checks every answer it counts; throws on a wrong one. */
export type Scenario = (extent: Extent) => Promise<Figure[]>

/** Runs `work` with a temporary folder. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nle-bench-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const forget = removedAtEnd(remove)
  try {
    return await work(folder)
  } finally {
    remove()
    forget()
  }
}

/** Runs `work` with a server, which is stopped afterwards. */
export async function withServer<T>(
  command: readonly string[],
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await ServerProcess.start(command)
  try {
    return await work(server)
  } catch (error) {
    const { diagnostics } = server
    if (diagnostics === '') throw error
    throw new Error(`${String(error)}\nThe server's standard error: ${diagnostics}`)
  } finally {
    await server.stop()
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Throws unless an answer holds what it should. */
export function check(holds: boolean, what: () => string): void {
  if (!holds) throw new Error(`wrong answer: ${what()}`)
}
