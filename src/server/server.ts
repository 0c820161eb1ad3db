import type { Server } from 'node:http'
import { type Config, type ResolvedSetting, reportSettings } from '../config.ts'
import { isLoopbackHost } from '../protocol/lan/addresses.ts'
import type { OriginRemark } from '../protocol/lan/typed-origin.ts'
import { repairRequest } from '../protocol/transport/v3/corrupted-request.ts'
import { VERSION } from '../version.ts'
import type { BackUp } from './backup/nightly-backups.ts'
import { Readiness } from './cluster/readiness.ts'
import { browserGuard } from './control/guards/browser-guard.ts'
import { InnerTokens } from './control/guards/inner-tokens.ts'
import { refusalBody } from './control/refusal-body.ts'
import type { Core } from './core/core.ts'
import { FirstUse } from './core/first-use.ts'
import { LogLimit } from './core/log-limit.ts'
import type { RateRules } from './core/rate-limit.ts'
import { RecentLog } from './core/recent-log.ts'
import { deviceRoutes, isPing } from './device/device-routes.ts'
import { deviceGuard } from './device/guard.ts'
import { ToldOrigins } from './device/told-origins.ts'
import { Weather } from './device/weather-cache.ts'
import { upstreamFetch } from './device/weather-upstream.ts'
import { History } from './history/history.ts'
import { hostCheck } from './http/allowed-hosts.ts'
import { connectionLimits } from './http/connection-limits.ts'
import { createListener, listen } from './http/listener.ts'
import {
  closeServer,
  lanUrl,
  listenForCommands,
  localUrl,
  refuseSamePort,
} from './http/listening.ts'
import { MAX_SOCKET_CONNECTIONS } from './http/local-socket.ts'
import { Router } from './http/router.ts'
import { deviceTls } from './http/tls-files.ts'
import { reloadTls } from './http/tls-reload.ts'
import { Announcer } from './lan/announcer.ts'
import { bridgeInterface, lanAddress } from './lan/lan-address.ts'
import { findOrigin, type Origin, originFor, toldOrigin } from './lan/origin.ts'
import { MatterIntegration, type MatterOptions } from './matter/matter-integration.ts'
import type { LinkTimes } from './mqtt/broker-link.ts'
import { environmentBroker } from './mqtt/environment-broker.ts'
import { MqttIntegration } from './mqtt/integration.ts'
import { nameOfDatabase, openDatabase, refuseMatter } from './open-database.ts'
import {
  asAddOn,
  clockOfAll,
  clusterOn,
  historyOptions,
  mayTell,
  nightlyBackups,
} from './optional-parts.ts'
import { DeviceAccess } from './pairing/access.ts'
import { makeServices, type ServicesOptions } from './services.ts'
import { sharedLimits } from './shared-limits.ts'
import type { Supervisor } from './supervisor/supervisor.ts'
import { TimeZoneWatch } from './thermostats/time-zone-watch.ts'

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
  /** Keeps to `clock` where the database has one for all its servers; for tests, which move it. */
  readonly hasOwnClock?: boolean
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
  const own = await openDatabase(options, startedAtMs)
  const { store } = own
  const servers: Server[] = []
  try {
    const sharedClock =
      options.hasOwnClock === true ? undefined : await clockOfAll(store, clock, log)
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
    const history = config.history
      ? new History(core, () => historyOptions(config, databasePath, core))
      : undefined
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
        ...(history === undefined ? {} : { history }),
      },
      hasWatchers: () => api.loaded?.hasReaders ?? false,
      ownClock: clock,
    })
    const timeZones = new TimeZoneWatch(core)
    const weather = new Weather({
      upstream: config.weatherUrl,
      ttlMs: config.weatherCacheTtlMs,
      clock,
      log,
      fetch: upstreamFetch(),
    })
    const tls = deviceTls(config, log)
    const limits = connectionLimits()
    const limited = {
      ...sharedLimits(config, clock, log, (error) => core.health.explained(error)),
      refusal: () => cluster?.refusal(),
    }
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

/** The names that the operator gave this server, wherever it was. */
function namesOf({ allowedHosts, apiOrigin, corsOrigins }: Config): string[] {
  return [...allowedHosts, ...corsOrigins, ...(apiOrigin === undefined ? [] : [apiOrigin])]
}
