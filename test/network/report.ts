import { readdirSync } from 'node:fs'
import { collectGarbage } from '../../bench/garbage.ts'
import { sleep } from '../../bench/scenario.ts'
import type { ServerProcess } from '../../bench/server-process.ts'

/** Prints what a trial reports and counts its failures. */
export class Report {
  readonly failures = new Map<string, number>()

  say(line: string): void {
    process.stdout.write(`${line}\n`)
  }

  fail(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
  }

  /** Runs a trial and prints its failures. */
  async on(trial: (report: Report) => Promise<void>): Promise<void> {
    try {
      await trial(this)
    } catch (error) {
      this.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
    for (const [what, count] of this.failures) this.say(`FAILED (${count} times): ${what}`)
  }

  check(holds: boolean, what: string): void {
    if (!holds) this.fail(what)
  }
}

export interface Size {
  readonly rssMb: number
  readonly privateMb: number
  readonly descriptors: number
}

/** The size of the server after a garbage collection. */
export async function settledSize(server: ServerProcess): Promise<Size> {
  await collectGarbage(server)
  await sleep(500)
  await collectGarbage(server)
  return sizeOf(server)
}

export function sizeOf(server: ServerProcess): Size {
  const { rssKb, privateKb } = server.memory()
  return {
    rssMb: Math.round(rssKb / 1024),
    privateMb: Math.round(privateKb / 1024),
    descriptors: descriptorsOf(server),
  }
}

export function descriptorsOf({ pid }: ServerProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

export function sized({ rssMb, privateMb, descriptors }: Size): string {
  return `${rssMb} MB resident (${privateMb} private), ${descriptors} descriptors`
}

/** Polls; resolves to the seconds until `holds`, or undefined when it does not in time. */
export async function secondsUntil(
  holds: () => boolean | Promise<boolean>,
  atMostS: number,
): Promise<number | undefined> {
  const startedMs = performance.now()
  for (;;) {
    const seconds = (performance.now() - startedMs) / 1000
    if (await holds()) return seconds
    if (seconds > atMostS) return undefined
    await sleep(250)
  }
}
