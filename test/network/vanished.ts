import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HeldThermostat } from '../../bench/held-thermostat.ts'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import type { ServerProcess } from '../../bench/server-process.ts'
import {
  httpRequest,
  putRequest,
  seededList,
  serialOf,
  subscribeRequest,
} from '../../bench/thermostat.ts'
import { Report, secondsUntil } from './report.ts'
import { command, lastStates } from './requests.ts'
import { Strangers } from './strangers.ts'

const HOUSE = '10.77.0.1'
const AWAY = '10.77.0.2'
/** The shortest hold that leaves time to connect all first. */
const SUSPEND_S = 40
const EACH = 20
/** How often the kernel sends unacknowledged data again before it gives up (default 15). */
const TCP_RETRIES = 8
const CONFIRMED_WITHIN_S = 30

/**
 * A machine that vanishes without closing its connections, which stay half open. It runs in a network
 * of its own, made by `unshare` and `ip`, whose cable can be pulled.
 */
export async function vanished(report: Report): Promise<void> {
  const unshare = ['unshare', '--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])]
  const [program = '', ...args] = [...unshare, process.execPath]
  try {
    execFileSync('ip', ['-Version'], { stdio: 'ignore' })
    execFileSync(program, [...args, '-e', ''], { stdio: 'ignore' })
  } catch {
    report.say('skipped: it needs "unshare" and "ip", and the right to create a network')
    return
  }
  try {
    execFileSync(program, [...args, fileURLToPath(import.meta.url)], { stdio: 'inherit' })
  } catch {
    report.fail('see above')
  }
}

/** What a connection was doing when its machine vanished, and when the server must have closed it. */
interface Kind {
  readonly what: string
  readonly listener: 'device' | 'control'
  sends(n: number): string
  readonly withinS: number
}

const holds = (n: number): string => subscribeRequest(serialOf(n), seededList(serialOf(n)))

const KINDS: readonly Kind[] = [
  { what: 'held silently', listener: 'device', sends: (n) => holds(n), withinS: 115 },
  { what: 'held, and pushed to', listener: 'device', sends: (n) => holds(EACH + n), withinS: 80 },
  {
    what: 'idle after an answer',
    listener: 'device',
    sends: () => httpRequest('GET', '/nest/ping'),
    withinS: 80,
  },
  {
    what: 'half-way through a put',
    listener: 'device',
    sends: (n) => putRequest(serialOf(n), 1, 1).slice(0, -10),
    withinS: 90,
  },
  { what: 'silent from the start', listener: 'device', sends: () => '', withinS: 50 },
  {
    what: 'reading events',
    listener: 'control',
    sends: () => httpRequest('GET', '/api/events'),
    withinS: 300,
  },
]

function inside(report: Report): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, 2 * EACH)
    ip('link', 'set', 'lo', 'up')
    const serve = ['bin/nle.ts', 'serve', '--db', db, '--log-format', 'json']
    const ports = ['--host', '0.0.0.0', '--port', '0', '--control-host', '0.0.0.0']
    const times = ['--control-port', '0', '--suspend-time-max', String(SUSPEND_S)]
    await withServer([process.execPath, ...serve, ...ports, ...times], async (server) => {
      const strangers = new Strangers(['unshare', '--net'])
      try {
        layCable(strangers.pid)
        await vanish(report, server, strangers)
      } finally {
        strangers.end()
      }
    })
  })
}

async function vanish(report: Report, server: ServerProcess, strangers: Strangers): Promise<void> {
  const portsOf = new Map<Kind, ReadonlySet<number>>()
  for (const kind of KINDS) {
    const port = kind.listener === 'device' ? server.devicePort : server.controlPort
    const sends = Array.from({ length: EACH }, (_, n) => kind.sends(n))
    const order = { host: HOUSE, port, sends, reads: true, reconnects: false }
    portsOf.set(kind, new Set(await strangers.obey(order)))
  }
  // Time for the server to answer.
  await sleep(1_000)
  strangers.freeze()
  away(strangers.pid, 'ip', 'addr', 'flush', 'dev', 'away')
  const pushedTo = Array.from({ length: EACH }, (_, n) => serialOf(EACH + n))
  for (const serial of pushedTo) await command(server, serial, 21)
  report.say(`${EACH} connections of each kind; their machine vanishes`)

  await Promise.all(
    KINDS.map(async (kind) => {
      const ports = portsOf.get(kind) ?? new Set()
      const seconds = await secondsUntil(
        () => !connectedPorts(server.pid).some((port) => ports.has(port)),
        kind.withinS,
      )
      report.say(`  ${kind.what.padEnd(28)} closed after ${seconds?.toFixed(0) ?? '…'} s`)
      report.check(seconds !== undefined, `${kind.what}: still open after ${kind.withinS} s`)
    }),
  )

  const back = pushedTo.map((serial) => new HeldThermostat(serial, server.devicePort))
  await Promise.all(back.map((one) => one.hold()))
  const arrived = async (): Promise<boolean> => {
    const states = await lastStates(server, pushedTo)
    return pushedTo.every((serial) => states.get(serial) === 'confirmed')
  }
  report.check(
    (await secondsUntil(arrived, CONFIRMED_WITHIN_S)) !== undefined,
    'pushes to the lost connections did not arrive on new ones',
  )
  report.say('  pushes to the lost connections arrived on new ones')
  for (const one of back) one.close()
}

/** Connects this network to that of another process. */
function layCable(pid: number): void {
  ip('link', 'add', 'house', 'type', 'veth', 'peer', 'name', 'away', 'netns', String(pid))
  ip('addr', 'add', `${HOUSE}/24`, 'dev', 'house')
  ip('link', 'set', 'house', 'up')
  away(pid, 'ip', 'addr', 'add', `${AWAY}/24`, 'dev', 'away')
  away(pid, 'ip', 'link', 'set', 'away', 'up')
  writeFileSync('/proc/sys/net/ipv4/tcp_retries2', String(TCP_RETRIES))
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

/** Runs a command in the network of another process. */
function away(pid: number, ...command: readonly string[]): void {
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, ...command])
}

/** The remote ports of every connection that a process has a descriptor for. */
function connectedPorts(pid: number): number[] {
  const mine = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      } catch {
        // The descriptor was closed meanwhile.
        return undefined
      }
    }),
  )
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => mine.has(fields[9]))
    .map((fields) => Number.parseInt(fields[2]?.split(':')[1] ?? '', 16))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = new Report()
  await report.on(inside)
  process.exitCode = report.failures.size
}
