import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ATTACKS } from './attacks.ts'

// Takes a minute, and longer on a busy machine.
t.setTimeout(600_000)

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))
const SECONDS = 2

interface Told {
  readonly name: string
  readonly failures: readonly string[]
  readonly strangers: { readonly counts: Readonly<Record<string, number>> }
  readonly requests: readonly { readonly name: string; readonly asked: number }[]
}

/** Attacks shortened. Times are not judged: tests run beside each other. */
async function shortened(names: readonly string[]): Promise<Told[]> {
  const args = [RUN, ...names, '--seconds', String(SECONDS), '--untimed', '--json']
  // With a clean environment: the test runner's would put its own handlers into each process.
  const env = ['-i', `PATH=${process.env.PATH}`]
  const child = spawn('/usr/bin/env', [...env, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  return JSON.parse(await text(child.stdout))
}

const names = Object.keys(ATTACKS).filter((name) => name !== 'quiet')
const told = await shortened(names)

for (const name of names) {
  t.test(`${name} harms no household`, async (t) => {
    const { failures, strangers, requests } = told.find((each) => each.name === name) ?? {}
    t.strictSame(failures, [])
    t.ok(Object.keys(strangers?.counts ?? {}).length > 0, 'there was an attack')
    t.ok(
      requests?.every(({ asked }) => asked > 0),
      'there was a household',
    )
  })
}
