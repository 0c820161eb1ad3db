import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Config, type ResolvedSetting, reportSettings } from '../config.ts'
import { NleError } from '../errors.ts'
import { isLoopbackHost, isUnspecified } from '../protocol/lan/addresses.ts'
import type { OriginRemark } from '../protocol/lan/typed-origin.ts'
import { withoutUrlSecrets } from '../protocol/secrets.ts'
import { repairRequest } from '../protocol/transport/v3/corrupted-request.ts'
import { historyPath } from '../store/history-path.ts'
import { inUse, openOwnStore, removeLeftCopy } from '../store/open.ts'
import { openShared } from '../store/open-shared.ts'
import { NO_FILE } from '../store/path.ts'
import { RECEIVERS, type Store } from '../store/store.ts'
import { VERSION } from '../version.ts'
import type { BackUp, NightlyBackups } from './backup/nightly-backups.ts'
import type { Cluster, ClusterParts } from './cluster/cluster.ts'
import { Readiness } from './cluster/readiness.ts'
import type { SharedClock } from './cluster/shared-clock.ts'
import { browserGuard } from './control/guards/browser-guard.ts'
import { InnerTokens } from './control/guards/inner-tokens.ts'
import { refusalBody } from './control/refusal-body.ts'
import type { Clock } from './core/clock.ts'
import type { Core } from './core/core.ts'
import { FirstUse } from './core/first-use.ts'
import { LogLimit } from './core/log-limit.ts'
import type { Logger } from './core/logger.ts'
import type { RateRules } from './core/rate-limit.ts'
import { RecentLog } from './core/recent-log.ts'
import { deviceRoutes, isPing } from './device/device-routes.ts'
import { deviceGuard } from './device/guard.ts'
import { ToldOrigins } from './device/told-origins.ts'
import { Weather } from './device/weather-cache.ts'
import { upstreamFetch } from './device/weather-upstream.ts'
import { History } from './history/history.ts'
import type { HistoryOptions } from './history/keeper.ts'
import { hostCheck } from './http/allowed-hosts.ts'
import { connectionLimits } from './http/connection-limits.ts'
import { createListener, listen } from './http/listener.ts'
import { listenOnSocket, MAX_SOCKET_CONNECTIONS } from './http/local-socket.ts'
import { Router } from './http/router.ts'
import { deviceTls } from './http/tls-files.ts'
import { reloadTls } from './http/tls-reload.ts'
import { Announcer } from './lan/announcer.ts'
import { bridgeInterface, type LanAddress, lanAddress } from './lan/lan-address.ts'
import { findOrigin, type Origin, originFor, toldOrigin } from './lan/origin.ts'
import { MatterIntegration, type MatterOptions } from './matter/matter-integration.ts'
import type { LinkTimes } from './mqtt/broker-link.ts'
import { environmentBroker } from './mqtt/environment-broker.ts'
import { MqttIntegration } from './mqtt/integration.ts'
import { DeviceAccess } from './pairing/access.ts'
import { makeServices, type Services, type ServicesOptions } from './services.ts'
import { sharedLimits } from './shared-limits.ts'
import type { AddOn, AddOnParts } from './supervisor/add-on.ts'
import type { Supervisor } from './supervisor/supervisor.ts'
import { TimeZoneWatch } from './thermostats/time-zone-watch.ts'

/** How long to wait for a command that works on the database for a moment. */
const LOCK_WAIT_MS = 2_000
/** How long responses have to leave when the server stops (`S9`). */
const STOP_GRACE_MS = 1_500

/** Scenes of a thousand thermostats go through, floods do not. */
const COMMAND_RATE: RateRules = {
  own: { atOnce: 20_000, perMinute: 3_000 },
  spare: { atOnce: 600, perMinute: 60 },
  shared: { atOnce: 40_000, perMinute: 6_000 },
}

export interface ServerOptions extends ServicesOptions {
  readonly config: Config
  /** `NO_FILE` with `databaseUrl`. */
  readonly databasePath: string
  /** Where the settings came from; undefined when no person gave them. */
  readonly given?: GivenSettings
  /** Where the control API also listens, for commands of this machine; undefined for nowhere. */
  readonly socketPath?: string | undefined
  /** The last lines that `log` has written. */
  readonly recentLog?: RecentLog
  /** Where thermostats have their settings page; the firmware's port unless a test brings its own. */
  readonly settingsPagePort?: number
  /** Makes the nightly backups; without it there are none, whatever the settings say. */
  readonly backUp?: BackUp
  /** How the Matter bridge is started; undefined for a server that cannot. */
  readonly launchBridge?: MatterOptions['launch']
  /** Home Assistant's, for a server that is an add-on. */
  readonly supervisor?: Supervisor | undefined
  /** Shorter ones for tests. */
  readonly mqttTimes?: LinkTimes
  /** Of commands by callers without a token; `COMMAND_RATE` unless a test brings another one. */
  readonly commandRate?: RateRules
}

export interface GivenSettings {
  readonly sources: readonly ResolvedSetting[]
  /** About the origin that was typed. */
  readonly remarks: readonly OriginRemark[]
  /** The file with settings that was read. */
  readonly file: string | undefined
}

const NOT_GIVEN: GivenSettings = { sources: [], remarks: [], file: undefined }

export interface RunningServer {
  readonly deviceUrl: string
  /** Where this machine itself reaches the device listener, whatever thermostats are told. */
  readonly localDeviceUrl: string
  readonly controlUrl: string
  /** Where other machines find the control listener, if they may. */
  readonly lanControlUrl: string
  /** Where the control listener also listens, for commands of this machine; undefined where it cannot. */
  readonly socketPath: string | undefined
  /** What is told to thermostats, and where it comes from. */
  readonly origin: Origin
  readonly core: Core
  /** Finishes every held response cleanly, writes everything down, and lets go of the database. */
  stop(): Promise<void>
}

/**
 * Starts the listeners on a database.
 *
 * @throws NleError `in_use` when another server has the database or a port, `store` when the database
 * cannot be used, `invalid` when an address cannot be listened on, or both listeners have the same
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, databasePath, clock } = options
  const log = new LogLimit(options.log, clock)
  refuseSamePort(config)
  refuseMatter(config)
  const startedAtMs = clock.now().wallMs
  const own = await openStore(options, startedAtMs)
  const { store } = own
  if (databasePath !== NO_FILE) removeLeftCopy(databasePath)
  const servers: Server[] = []
  try {
    const sharedClock = await clockOfAll(store, clock, log)
    const services = makeServices(store, { ...options, clock: sharedClock ?? clock, log })
    const { core, sentPushes, housekeeping } = services
    const mqtt = new MqttIntegration(services, {
      environment: environmentBroker(config),
      version: VERSION,
      ...(options.mqttTimes === undefined ? {} : { times: options.mqttTimes }),
    })
    const notifications = new FirstUse('notifications', async () => {
      const { Notifications } = await import('./notify/notifications.ts')
      const loaded = new Notifications({ core, databasePath })
      // Of several processes, the one that has the job starts it.
      if (store.shared === undefined) await loaded.start()
      return loaded
    })
    const backups = await nightlyBackups(core, options)

    let controlUrl = 'http://127.0.0.1:0'
    let socketPath: string | undefined
    const inner = new InnerTokens()
    const matter = new MatterIntegration(core, {
      environment: config.matter,
      port: config.matterPort,
      interfaceName: bridgeInterface(config.matterInterface, lanAddress()),
      version: VERSION,
      launch: config.databaseUrl === undefined ? options.launchBridge : undefined,
      issueToken: () => inner.issue('Matter', 'control', clock.now().wallMs),
      address: () => ({ url: controlUrl, socketPath: socketPath ?? null }),
    })

    const announcer = new Announcer({ clock, log, version: VERSION })
    const readiness = new Readiness(core.health, store.shared)
    const cluster = await clusterOn(store, services, {
      work: {
        housekeeping: {
          begin: async () => housekeeping.clean(),
          end: () => housekeeping.leave(),
          refresh: async () => {},
        },
        mqtt: {
          begin: () => mqtt.start(),
          end: () => mqtt.standBy(),
          refresh: () => mqtt.refresh(),
        },
        notify: {
          begin: async (job) => (await notifications.get()).start(job),
          end: async () => (await notifications.get()).standBy(),
          refresh: async () => (await notifications.get()).refresh(),
        },
      },
      hasWatchers: () => api.loaded?.hasReaders ?? false,
    })
    const timeZones = new TimeZoneWatch(core)
    // PostgreSQL keeps no history yet.
    const history =
      config.history && config.databaseUrl === undefined
        ? new History(core, () => historyOptions(config, databasePath, core))
        : undefined
    const weather = new Weather({
      upstream: config.weatherUrl,
      ttlMs: config.weatherCacheTtlMs,
      clock,
      log,
      fetch: upstreamFetch(),
    })
    const tls = deviceTls(config, log)
    const limits = connectionLimits()
    const limited = sharedLimits(config, clock, log, (error) => core.health.explained(error))
    const deviceLogs = config.storeDeviceLogs
      ? new (await import('./device/device-logs.ts')).DeviceLogs({
          folder: config.deviceLogsDir,
          clock,
          log,
        })
      : undefined
    let origin: Origin = { url: 'http://127.0.0.1:0', source: 'loopback' }
    let devicePort = config.serverPort
    const shared = {
      ...services,
      version: VERSION,
      requireDevicePairing: config.requireDevicePairing,
      originFor: (localAddress: string | undefined) => originFor(origin, devicePort, localAddress),
    }
    const isOurHost = hostCheck(namesOf(config))
    const origins = new ToldOrigins(log, (call) => toldOrigin(origin, devicePort, call, isOurHost))
    const deviceServices = {
      ...shared,
      weather,
      deviceLogs,
      access: new DeviceAccess(core, config.requireDevicePairing),
      origins,
      isOurHost,
    }
    const device = createListener({
      ...limited,
      name: 'device',
      answered: core.tallies.ofListener('device'),
      maxConnections: limits.device,
      tls,
      router: new Router(deviceGuard(deviceServices)(deviceRoutes(deviceServices))),
      repair: repairRequest,
      isVital: isPing,
      unknownPath: (...unknown) => origins.unknownPath(...unknown),
      failureBody: (message) => ({ error: message }),
    })
    const given = options.given ?? NOT_GIVEN
    // Loaded with the first request: a server that only thermostats call does without.
    const api = new FirstUse('control API', async () => {
      const [{ ControlApi }, { Metrics }] = await Promise.all([
        import('./control/control-api.ts'),
        import('./metrics/metrics.ts'),
      ])
      // Whoever is to be told is set here, from now on.
      notifications.get().catch((error) => core.health.complain('nobody is notified', error))
      return new ControlApi({
        ...shared,
        readiness,
        mqtt,
        matter,
        history,
        metrics: new Metrics({
          core,
          databasePath,
          version: VERSION,
          startedAtMs,
          others: [
            () => mqtt.metrics(),
            () => backups?.metrics() ?? [],
            async () => (await notifications.get()).metrics(),
          ],
        }),
        notifications,
        recentLog: options.recentLog ?? new RecentLog(),
        databasePath,
        settings: {
          settings: reportSettings(given.sources, { config, databasePath }),
          database: nameOfDatabase(options),
          file: given.file ?? null,
          remarks: [...given.remarks],
        },
        // Loaded here, because it is seldom asked for.
        examine: async () =>
          (await import('./doctor/self.ts')).examineSelf(core, {
            config,
            remarks: given.remarks,
            databasePath,
            startedAtMs,
            origin,
            mqtt: mqtt.status(),
            matter: { ...matter.status() },
            announced: announcer.state,
          }),
        turns: limited.turns,
        commandRate: options.commandRate ?? COMMAND_RATE,
        tokenRules: {
          required: config.requireToken,
          loopbackIsFree: !config.loopbackToken,
          inner,
        },
        settingsPageOptions: () => ({
          origin: origin.url,
          clock,
          // A server nobody else can reach may look at this machine; no other server may.
          allowLoopback: isLoopbackHost(new URL(origin.url).hostname),
          port: options.settingsPagePort,
        }),
      })
    })
    const control = {
      ...limited,
      router: api,
      isVital: (path: string) => path === '/health' || path.startsWith('/health/'),
      failureBody: refusalBody,
    }
    const network = createListener({
      ...control,
      name: 'control',
      answered: core.tallies.ofListener('control'),
      maxConnections: limits.control,
      guard: browserGuard(config.corsOrigins, isOurHost),
    })
    // No web page can reach it, and strangers on the network do not fill it up.
    const local = createListener({
      ...control,
      name: 'socket',
      answered: core.tallies.ofListener('socket'),
      maxConnections: MAX_SOCKET_CONNECTIONS,
      offenders: undefined,
      credential: 'socket',
    })
    const addOn = await asAddOn(options.supervisor, core, {
      listener: { ...control, name: 'ingress' },
      offerBroker: config.mqttHost === undefined ? (broker) => mqtt.offer(broker) : undefined,
    })
    servers.push(device, network, local, ...(addOn === undefined ? [] : [addOn.server]))
    const at = await listen(device, {
      host: config.serverHost,
      port: config.serverPort,
      what: 'device listener (--port, SERVER_PORT)',
    })
    const controlAt = await listen(network, {
      host: config.controlHost,
      port: config.controlPort,
      what: 'control listener (--control-port, CONTROL_PORT)',
    })
    socketPath = await listenForCommands(local, options)
    devicePort = at.port
    const lan = lanAddress()
    origin = findOrigin(
      config,
      { port: at.port, scheme: tls === undefined ? 'http' : 'https' },
      lan,
    )
    controlUrl = localUrl(controlAt)
    const record = { pid: process.pid, deviceUrl: origin.url, controlUrl, startedAtMs }
    await core.writer.write((store) => store.setServer(record))
    sharedClock?.start()
    core.health.start()
    housekeeping.start()
    backups?.start()
    if (cluster === undefined) {
      await mqtt.start()
      if (backups !== undefined || (await mayTell(core, mqtt))) await notifications.get()
    } else await cluster.start()
    await matter.start()
    if (config.mdns) announcer.start(controlAt)
    addOn?.start()
    const stopReload =
      tls === undefined || config.certDir === undefined || !('setSecureContext' in device)
        ? undefined
        : reloadTls(tls, config.certDir, { clock, log }, (pair) =>
            device.setSecureContext({ ...pair }),
          )

    const stop = async (): Promise<void> => {
      readiness.stopping()
      if (config.drainS > 0) {
        const { drain } = await import('./cluster/drain.ts')
        const { devices } = core.subscriptions.totals()
        log.info('handing thermostats to other servers', { devices, seconds: config.drainS })
        const closeIdle = () => device.closeIdleConnections()
        await drain({ ...core, closeIdle }, config.drainS * 1_000)
      }
      // While what it keeps can still be written down.
      const matterEnds = matter.stop()
      const announcerEnds = announcer.stop()
      addOn?.stop()
      housekeeping.stop()
      backups?.stop()
      notifications.end((loaded) => loaded.stop())
      core.health.stop()
      core.presence.stop()
      timeZones.stop()
      limited.heap.stop()
      stopReload?.()
      core.writer.stop()
      sentPushes.stop()
      weather.stop()
      const closed = servers.map((server) => closeServer(server, clock))
      core.subscriptions.finish()
      api.end((loaded) => loaded.stop())
      for (const server of servers) server.closeIdleConnections()
      await Promise.all([...closed, cluster?.stop(), mqtt.stop(), matterEnds, announcerEnds])
      sharedClock?.stop()
      await history?.stop()
      try {
        await core.writer.write((store) =>
          Promise.all([
            store.recordSeen(core.presence.seen()),
            store.keepTime(clock.now()),
            store.setServer(undefined),
          ]),
        )
      } catch (error) {
        // The lock shows that nobody serves any more; the next start looks closer at the database.
        core.health.complain('the end could not be recorded', error)
      } finally {
        core.writer.close()
        await own.close()
        log.stop()
      }
    }
    return {
      deviceUrl: origin.url,
      localDeviceUrl: localUrl(at),
      controlUrl,
      lanControlUrl: lanUrl(controlAt, lan),
      socketPath,
      origin,
      core,
      stop,
    }
  } catch (error) {
    for (const server of servers) server.close()
    await own.close()
    log.stop()
    throw error
  }
}

/** The clock that the processes on this database have in common; undefined for a process that has it alone. */
async function clockOfAll(
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
async function clusterOn(
  { shared }: Store,
  { core, sentPushes }: Services,
  work: Pick<ClusterParts, 'work' | 'hasWatchers'>,
): Promise<Cluster | undefined> {
  if (shared === undefined) return undefined
  const { Cluster } = await import('./cluster/cluster.ts')
  return new Cluster({ core, shared, sentPushes, ...work })
}

/** @throws NleError as `startServer` */
async function openStore(
  { config, databasePath }: ServerOptions,
  nowMs: number,
): Promise<{ readonly store: Store; close(): void | Promise<void> }> {
  if (config.databaseUrl !== undefined) {
    const store = await openShared(config.databaseUrl)
    return { store, close: () => store.close() }
  }
  const own = openOwnStore(databasePath, nowMs, LOCK_WAIT_MS, true)
  if (own === undefined) throw await inUse(databasePath, nowMs)
  return own
}

/** The database as people are shown it. */
function nameOfDatabase({ config, databasePath }: ServerOptions): string {
  return config.databaseUrl === undefined ? databasePath : withoutUrlSecrets(config.databaseUrl)
}

function historyOptions(
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
async function asAddOn(
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
async function mayTell({ store }: Core, mqtt: MqttIntegration): Promise<boolean> {
  const { receivers } = (await store.integration(RECEIVERS)) ?? {}
  return mqtt.isConfigured || (Array.isArray(receivers) && receivers.length > 0)
}

/** Undefined without a folder for them, or without a file to copy. */
async function nightlyBackups(
  core: Core,
  { config, databasePath, backUp }: ServerOptions,
): Promise<NightlyBackups | undefined> {
  const { backupDir: folder, backupKeep: keep } = config
  if (folder === undefined || backUp === undefined || databasePath === NO_FILE) return undefined
  const { NightlyBackups } = await import('./backup/nightly-backups.ts')
  return new NightlyBackups({ core, databasePath, folder, keep, backUp })
}

/**
 * Listens for commands of this machine. Where that is not possible the server goes on without: thermostats
 * do not depend on it.
 *
 * @returns where it listens
 */
async function listenForCommands(
  server: Server,
  { socketPath, log }: Pick<ServerOptions, 'socketPath' | 'log'>,
): Promise<string | undefined> {
  if (socketPath === undefined) return undefined
  try {
    await listenOnSocket(server, socketPath)
    return socketPath
  } catch (error) {
    log.warn('no socket for commands of this machine; they use the network', {
      socket: socketPath,
      reason: error instanceof Error ? error.message : String(error),
      mend: 'name a database with a shorter path, on a local disk, or give commands an admin token: "nle token create --scope admin", and NLE_TOKEN',
    })
    return undefined
  }
}

/** The keys of a bridge are of one home and one process. @throws NleError `invalid` */
function refuseMatter({ matter, databaseUrl }: Config): void {
  if (matter !== true || databaseUrl === undefined) return
  throw new NleError(
    'invalid',
    'The Matter bridge works with a database file only: take MATTER or DATABASE_URL out of the settings.',
  )
}

/** @throws NleError `invalid` */
function refuseSamePort({ serverHost, serverPort, controlHost, controlPort }: Config): void {
  if (serverPort !== controlPort || serverPort === 0) return
  const everywhere = [serverHost, controlHost].some(isUnspecified)
  if (serverHost !== controlHost && !everywhere) return
  throw new NleError(
    'invalid',
    `Port ${serverPort} cannot be both that of thermostats and that of the control API: choose another one with --port (SERVER_PORT) or --control-port (CONTROL_PORT).`,
  )
}

/** The names that the operator gave this server, wherever it was. */
function namesOf({ allowedHosts, apiOrigin, corsOrigins }: Config): string[] {
  return [...allowedHosts, ...corsOrigins, ...(apiOrigin === undefined ? [] : [apiOrigin])]
}

/** Where other machines reach a listener, as far as that can be told. */
function lanUrl(at: AddressInfo, lan: LanAddress | undefined): string {
  return isUnspecified(at.address) && lan !== undefined
    ? `http://${lan.address}:${at.port}`
    : localUrl(at)
}

/** Where this machine itself reaches a listener. */
function localUrl(at: AddressInfo): string {
  const { address, port, family } = at
  if (isUnspecified(address)) return `http://127.0.0.1:${port}`
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`
}

/** Stops accepting, waits a moment for what is being answered, then closes what is left. */
function closeServer(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(STOP_GRACE_MS, () => server.closeAllConnections())
    server.close(() => {
      clock.clearTimer(timer)
      resolve()
    })
  })
}
