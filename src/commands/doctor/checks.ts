import { existsSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { isObject } from '../../protocol/bucket.ts'
import type { OriginRemark } from '../../protocol/lan/typed-origin.ts'
import { findOrigin } from '../../server/lan/origin.ts'
import { isServed, openForReading } from '../../store/open.ts'
import { socketsOfDatabase } from '../../store/socket-path.ts'
import type { Store } from '../../store/store.ts'
import { socketAccess } from '../client/socket-access.ts'
import { checkClock } from './clock-check.ts'
import { checkDatabase } from './database-check.ts'
import type { Finding, Subject } from './finding.ts'
import { checkMatter } from './matter-check.ts'
import { checkMqtt, checkOrigin, checkServer, remarksOnOrigin } from './network-check.ts'
import { checkPinning } from './pinning-check.ts'
import { checkChanges, checkThermostats } from './thermostats-check.ts'
import { checkTls } from './tls-check.ts'
import { checkTokens } from './tokens-check.ts'
import type { DoctorWorld } from './world.ts'

/** Runs every check. Never throws for what a check finds. */
export async function examine(options: {
  readonly config: Config
  readonly remarks: readonly OriginRemark[]
  readonly databasePath: string
  readonly nowMs: number
  readonly world: DoctorWorld
  /** For a server whose socket this user may not open. */
  readonly token?: string | undefined
}): Promise<Finding[]> {
  const store = openReadable(options.databasePath, options.nowMs)
  try {
    const subject = await subjectOf(options, store)
    return [
      ...(await checkServer(subject, store)),
      await checkOrigin(subject),
      ...remarksOnOrigin(subject),
      await checkClock(subject, store),
      ...checkDatabase(subject),
      ...checkTls(subject),
      ...(await checkMqtt(subject)),
      ...(await checkMatter(subject)),
      ...(await checkTokens(subject, store)),
      ...(store === undefined ? [] : await checkThermostats(subject, store)),
      ...(store === undefined ? [] : await checkPinning(subject, store)),
      ...(store === undefined ? [] : await checkChanges(subject, store)),
    ]
  } finally {
    store?.close()
  }
}

async function subjectOf(
  options: Pick<Subject, 'config' | 'remarks' | 'databasePath' | 'nowMs' | 'world'> & {
    readonly token?: string | undefined
  },
  store: Store | undefined,
): Promise<Subject> {
  const { config, databasePath, world, token } = options
  const running = isServed(databasePath) ? await store?.server() : undefined
  const isOpen = (path: string) => socketAccess(path) === 'open'
  const socketPath = socketsOfDatabase(databasePath).find(isOpen)
  const askServer = async (target: string) =>
    running && world.ask(running.controlUrl + target, { socketPath, token })
  const health = await askServer('/health')
  const answer = await askServer('/api/devices?all=1')
  const devices = answer?.devices
  const scheme = config.certDir === undefined ? 'http' : 'https'
  return {
    ...options,
    running,
    askServer,
    isRefused: answer?.success === false,
    trouble:
      health?.status === 'degraded'
        ? { kind: String(health.trouble), reason: String(health.reason) }
        : undefined,
    status: Array.isArray(devices) ? devices.filter(isObject) : undefined,
    origin:
      running === undefined
        ? findOrigin(config, { port: config.serverPort, scheme }, world.lan())
        : { url: running.deviceUrl, source: 'configured' },
  }
}

/** Undefined when it cannot be opened, which `checkDatabase` reports. */
function openReadable(path: string, nowMs: number): Store | undefined {
  if (!existsSync(path)) return undefined
  try {
    return openForReading(path, nowMs)
  } catch {
    return undefined
  }
}
