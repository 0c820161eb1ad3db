import type { Config } from '../config.ts'
import { historyPath } from '../store/history-path.ts'
import { NO_FILE } from '../store/path.ts'
import { RECEIVERS, type Store } from '../store/store.ts'
import type { BackUp, NightlyBackups } from './backup/nightly-backups.ts'
import type { Cluster, ClusterParts } from './cluster/cluster.ts'
import type { SharedClock } from './cluster/shared-clock.ts'
import type { Clock } from './core/clock.ts'
import type { Core } from './core/core.ts'
import type { Logger } from './core/logger.ts'
import type { HistoryOptions } from './history/keeper.ts'
import type { MqttIntegration } from './mqtt/integration.ts'
import type { Services } from './services.ts'
import type { AddOn, AddOnParts } from './supervisor/add-on.ts'
import type { Supervisor } from './supervisor/supervisor.ts'

// What only some servers have: each part is loaded where the settings ask for it.

/** The clock that the processes on this database have in common; undefined for a process that has it alone. */
export async function clockOfAll(
  { shared }: Store,
  own: Clock,
  log: Logger,
): Promise<SharedClock | undefined> {
  if (shared === undefined) return undefined
  const { SharedClock } = await import('./cluster/shared-clock.ts')
  const clock = new SharedClock(own, () => shared.time(), log)
  await clock.measure()
  return clock
}

/** This process as one of several on the database; undefined for one that has it alone. */
export async function clusterOn(
  { shared }: Store,
  { core, sentPushes }: Services,
  work: Pick<ClusterParts, 'work' | 'hasWatchers' | 'ownClock'>,
): Promise<Cluster | undefined> {
  if (shared === undefined) return undefined
  const { Cluster } = await import('./cluster/cluster.ts')
  return new Cluster({ core, shared, sentPushes, ...work })
}

export function historyOptions(
  config: Config,
  databasePath: string,
  { localOffsetS }: Core,
): HistoryOptions {
  return {
    path: historyPath(databasePath),
    retention: {
      rawDays: config.historyRawDays,
      hourlyDays: config.historyHourlyDays,
      dailyDays: config.historyDailyDays,
    },
    zone: { name: Intl.DateTimeFormat().resolvedOptions().timeZone, offsetS: localOffsetS },
  }
}

/** What an add-on of Home Assistant has besides; undefined, and not loaded, for any other server. */
export async function asAddOn(
  supervisor: Supervisor | undefined,
  { clock, log, tallies }: Core,
  { listener, offerBroker }: Pick<AddOnParts, 'listener' | 'offerBroker'>,
): Promise<AddOn | undefined> {
  if (supervisor === undefined) return undefined
  const [{ makeAddOn }, { ingressGuard }] = await Promise.all([
    import('./supervisor/add-on.ts'),
    import('./control/guards/ingress-guard.ts'),
  ])
  const answered = tallies.ofListener('ingress')
  return makeAddOn({
    supervisor,
    clock,
    log,
    listener: { ...listener, answered, guard: ingressGuard() },
    offerBroker,
  })
}

/** Whether anybody was set who is told when something is wrong. */
export async function mayTell({ store }: Core, mqtt: MqttIntegration): Promise<boolean> {
  const { receivers } = (await store.integration(RECEIVERS)) ?? {}
  return mqtt.isConfigured || (Array.isArray(receivers) && receivers.length > 0)
}

/** Undefined without a folder for them, or without a file to copy. */
export async function nightlyBackups(
  core: Core,
  {
    config,
    databasePath,
    backUp,
  }: {
    readonly config: Config
    readonly databasePath: string
    readonly backUp?: BackUp | undefined
  },
): Promise<NightlyBackups | undefined> {
  const { backupDir: folder, backupKeep: keep } = config
  if (folder === undefined || backUp === undefined || databasePath === NO_FILE) return undefined
  const { NightlyBackups } = await import('./backup/nightly-backups.ts')
  return new NightlyBackups({ core, databasePath, folder, keep, backUp })
}
