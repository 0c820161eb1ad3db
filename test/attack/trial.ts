import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import type { ServerProcess } from '../../bench/server-process.ts'
import { inspect } from '../crash/inspect.ts'
import { freePorts } from '../crash/ports.ts'
import { Random } from '../simulation/random.ts'
import type { Attack } from './attack.ts'
import type { Score, Target } from './crowd.ts'
import { CrowdProcess } from './crowd-process.ts'
import { Household, PAIRED, type Promised } from './household.ts'
import { judged } from './judge.ts'
import { SERVER } from './network.ts'
import { brokenOnDisk, brokenPromises } from './promises.ts'
import { pause, type Tally } from './tally.ts'

export interface TrialOptions {
  readonly seconds: number
  /** The command of nle, without its arguments. */
  readonly nle: readonly string[]
  /** False where the machine is too busy for times to say anything. */
  readonly judgesTimes: boolean
}

/** What was measured during one attack. */
export interface Measured {
  readonly seconds: number
  readonly strangers: Score
  readonly tallies: readonly Tally[]
  /** What the server said when it ended by itself. */
  readonly ended: string | undefined
  /** Why the thermostat that holds in silence lost its connection. */
  readonly lostHold: string | undefined
  /** Promises that are not on disk. */
  readonly broken: readonly string[]
  /** What was not served soon after the attack. */
  readonly unserved: readonly string[]
  readonly size: Size
  readonly loggedBytes: number
  readonly databaseBytes: number
  /** By how much this program itself was late at most, ms: a sign of a busy machine. */
  readonly ownDelayMs: number
}

interface Size {
  readonly maxRssMb: number
  readonly cpuS: number
  /** How long it was ready to run and had no CPU. */
  readonly waitedS: number
}

export interface Result extends Measured {
  readonly name: string
  readonly what: string
  readonly failures: readonly string[]
}

const SAMPLE_MS = 250
const SERVED_WITHIN_MS = 5_000
/** The same on a machine that is too busy for times to be judged. */
const BUSY_SERVED_WITHIN_MS = 30_000
/** Promises are first compared with the file while the attack lasts, and with it a lock on the file. */
const COMPARE_BEFORE_END_MS = 500

/** Attacks a new server. */
export function attacked(name: string, attack: Attack, options: TrialOptions): Promise<Result> {
  return inFolder(async (folder) => {
    const databasePath = join(folder, 'data', 'nle.sqlite')
    mkdirSync(join(folder, 'data'))
    await seed(databasePath, PAIRED)
    await attack.prepare?.(databasePath)
    const command = await serveCommand(name, attack, options.nle, databasePath)
    const { promised, ...seen } = await withServer(command, (server) =>
      amidst(name, server, databasePath, options),
    )
    const after = await inspect(databasePath, folder, (store) => brokenPromises(store, promised))
    const measured = { ...seen, broken: [...seen.broken, ...after] }
    const failures = judged(attack, measured, options.judgesTimes)
    return { name, what: attack.what, ...measured, failures }
  })
}

async function serveCommand(
  name: string,
  attack: Attack,
  nle: readonly string[],
  databasePath: string,
): Promise<string[]> {
  const ports = await freePorts(new Random(process.pid + name.length))
  const env = Object.entries({ ...attack.env, ...ports }).map(([key, value]) => `${key}=${value}`)
  const hosts = ['--host', SERVER.listensOn, '--control-host', SERVER.listensOn]
  const serve = ['serve', '--db', databasePath, ...hosts, '--log-format', 'json']
  return ['/usr/bin/env', ...env, ...nle, ...serve]
}

/** The household lives while strangers attack. */
async function amidst(
  name: string,
  server: ServerProcess,
  databasePath: string,
  { seconds, nle, judgesTimes }: TrialOptions,
): Promise<Measured & { promised: Promised }> {
  const { devicePort, controlPort } = server
  const target: Target = { devicePort, controlPort, databasePath, nle }
  const household = new Household(target)
  await household.hold()
  const before = { loggedBytes: server.loggedBytes, databaseBytes: fileBytes(databasePath) }
  const crowd = new CrowdProcess(name, target, seconds)
  // Aborted at the end of the attack, and when the household is served again.
  const [over, done] = [new AbortController(), new AbortController()]
  try {
    const ownDelay = monitorEventLoopDelay()
    ownDelay.enable()
    const sampling = largestSize(server, over.signal)
    const living = household.live(over.signal)
    const holding = household.keepHeld(done.signal)
    await sleep(seconds * 1000 - COMPARE_BEFORE_END_MS)
    const broken = await brokenOnDisk(databasePath, household.promised)
    const strangers = await crowd.score
    over.abort()
    const size = await sampling
    ownDelay.disable()
    const { lostHold } = household
    const growth = {
      loggedBytes: server.loggedBytes - before.loggedBytes,
      databaseBytes: fileBytes(databasePath) - before.databaseBytes,
    }
    const unserved = await household.unserved(
      judgesTimes ? SERVED_WITHIN_MS : BUSY_SERVED_WITHIN_MS,
    )
    await living
    done.abort()
    await holding
    return {
      seconds,
      strangers,
      tallies: household.tallies,
      ended: server.hasEnded ? lastWords(server) : undefined,
      lostHold: lostHold?.message,
      broken,
      unserved,
      size,
      ...growth,
      ownDelayMs: Math.round(ownDelay.max / 1e6),
      promised: household.promised,
    }
  } finally {
    over.abort()
    done.abort()
    household.close()
    crowd.end()
  }
}

/** Measures the server until `over` is aborted or it ends. */
async function largestSize(server: ServerProcess, over: AbortSignal): Promise<Size> {
  let [maxRssMb, cpuS, waitedS] = [0, 0, 0]
  const [cpuBeforeS, waitedBeforeS] = [server.cpuS(), server.waitedForCpuS()]
  while (!server.hasEnded) {
    try {
      maxRssMb = Math.max(maxRssMb, Math.round(server.memory().rssKb / 1024))
      cpuS = server.cpuS() - cpuBeforeS
      waitedS = server.waitedForCpuS() - waitedBeforeS
    } catch (error) {
      // It ended, which this process has not heard yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && !server.hasEnded) throw error
    }
    if (over.aborted) break
    await pause(SAMPLE_MS, over)
  }
  return { maxRssMb, cpuS, waitedS }
}

/** What it said of its end. */
function lastWords({ diagnostics }: ServerProcess): string {
  const lines = diagnostics.trim().split('\n')
  return lines.find((line) => line.includes('FATAL')) ?? lines.at(-1) ?? ''
}

/** The size of the database and of its log. */
function fileBytes(databasePath: string): number {
  const bytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return bytes(databasePath) + bytes(`${databasePath}-wal`)
}
