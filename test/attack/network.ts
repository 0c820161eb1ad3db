import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'

// Who calls from which address. As root, or where users may create namespaces, the program runs in a network
// of its own: with IPv6, and with addresses that are not the server's own machine. Elsewhere every address is
// one of 127.0.0.0/16, all of which a Linux machine has.

const INSIDE = 'NLE_ATTACK_NETWORK'
/** A network of its own, and mounts of its own for the bind mounts of the second server. */
const UNSHARE = [
  'unshare',
  '--net',
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
]
const PREFIX = process.env[INSIDE] === undefined ? '127.0' : '10.77'
const PREFIX_V6 = 'fd77::'
const STRANGERS_V6 = 8

/** What the server listens on, and how each side calls it. */
export const SERVER = {
  listensOn: process.env[INSIDE] === undefined ? '127.0.0.1' : '::',
  v4: `${PREFIX}.0.1`,
  v6: `${PREFIX_V6}1`,
} as const

/** An address of the household. */
export function homeAddress(n: number): string {
  return `${PREFIX}.2.${n}`
}

/** The n-th IPv4 address of the strangers. */
export function strangerAddress(n: number): string {
  return `${PREFIX}.1.${n + 1}`
}

/** IPv6 addresses of strangers in the server's own network; none where that is the machine's. */
export function strangerV6Addresses(): string[] {
  if (process.env[INSIDE] === undefined) return []
  return Array.from({ length: STRANGERS_V6 }, (_, n) => `${PREFIX_V6}1${n}`)
}

/**
 * Runs this program again in a network of its own.
 *
 * @returns its exit code; undefined where there is no such network, or when this is that program already
 */
export async function rerunInNetwork(): Promise<number | undefined> {
  if (process.env[INSIDE] !== undefined) return undefined
  const [unshare = '', ...within] = UNSHARE
  const probe = spawnSync(unshare, [...within, 'ip', 'link', 'set', 'lo', 'up'])
  if (probe.status !== 0) return undefined
  const child = spawn(unshare, [...within, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: 'yes' },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) =>
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']),
    ),
  )
}

/** Gives the new network its addresses; does nothing on the machine's own network. */
export function addAddresses(): void {
  if (process.env[INSIDE] === undefined) return
  ip('link', 'set', 'lo', 'up')
  // On the loopback interface the whole /16 is local, as is 127.0.0.0/8.
  ip('addr', 'add', `${SERVER.v4}/16`, 'dev', 'lo')
  for (const address of [SERVER.v6, ...strangerV6Addresses()]) {
    ip('-6', 'addr', 'add', `${address}/128`, 'dev', 'lo', 'nodad')
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}
