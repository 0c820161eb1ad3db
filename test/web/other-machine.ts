import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHROMIUM, type Ending } from './browser.ts'

/** Another machine of the home network: a network namespace joined to this one by a cable. */
export interface OtherMachine {
  /** Where it finds this machine. */
  readonly thisMachine: string
  /** A Chromium that runs there. */
  readonly chromium: string
}

/** Why there can be no other machine, for the `skip` of a test. */
export const withoutOtherMachine: string | false = missing()

/** Adds a machine to the network; it is gone when the test ends. */
export function otherMachine(t: Ending): OtherMachine {
  const name = `nle-web-${process.pid}`
  const [here, there] = [`nle${process.pid}a`, `nle${process.pid}b`]
  const net = `10.79.${process.pid % 250}`
  ip('netns', 'add', name)
  // The cable is gone with the namespace that one of its ends is in.
  t.teardown(() => ip('netns', 'del', name))
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name)
  ip('addr', 'add', `${net}.1/24`, 'dev', here)
  ip('link', 'set', here, 'up')
  ip('-n', name, 'addr', 'add', `${net}.2/24`, 'dev', there)
  ip('-n', name, 'link', 'set', there, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  const folder = mkdtempSync(join(tmpdir(), 'nle-web-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const chromium = join(folder, 'chromium')
  const script = `#!/bin/sh\nexec ip netns exec ${name} ${CHROMIUM} "$@"\n`
  writeFileSync(chromium, script, { mode: 0o755 })
  return { thisMachine: `${net}.1`, chromium }
}

function missing(): string | false {
  if (!existsSync(CHROMIUM)) return `there is no ${CHROMIUM}`
  if (process.getuid?.() !== 0) return 'only root can make a network namespace'
  const probe = `nle-probe-${process.pid}`
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) {
    return 'this machine makes no network namespaces'
  }
  ip('netns', 'del', probe)
  return false
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}
