import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ResolvedSetting } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { isLoopbackHost } from '../../protocol/lan/addresses.ts'
import { withoutUrlSecrets } from '../../protocol/secrets.ts'
import type { RunningServer } from '../../server/server.ts'
import type { Supervisor } from '../../server/supervisor/supervisor.ts'
import { NO_FILE } from '../../store/path.ts'
import { socketOfServer } from '../../store/socket-path.ts'
import { type Invocation, onCall } from '../invocation.ts'
import { BRIDGE_ARGUMENT } from '../matter/bridge-argument.ts'
import { serverChoice } from '../options/server-options.ts'
import { addSettings } from '../options/settings.ts'
import { asTypedHere, programWith } from '../own-command.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printLine } from '../terminal/print.ts'

/** After a restart the thermostats have called again by then. */
const SETTLED_AFTER_MS = 3_000

export function registerServe(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .description('run the server that thermostats and the control API talk to')
    .addHelpText(
      'after',
      `
Every option can be given as an environment variable or in a .env file in the working folder
instead; a flag wins, then the environment.

Examples:
  $ nle serve
  $ nle serve --port 9000 --control-host 127.0.0.1
  $ API_ORIGIN=http://192.168.1.5:8000 nle serve --log-format json`,
    )
  onCall(addSettings(command), io, serve)
}

async function serve(call: Invocation): Promise<void> {
  const { io } = call
  const settings = await call.settings()
  const { config, sources, remarks, file, existingServerPath } = settings
  const { databaseUrl } = config
  const databasePath = databaseUrl === undefined ? settings.databasePath : NO_FILE
  const database = databaseUrl === undefined ? databasePath : withoutUrlSecrets(databaseUrl)
  // Loaded here, so that the other verbs start without the server.
  const [
    { startServer },
    { systemClock },
    { makeLogger },
    { RecentLog },
    { shrinkHeap },
    { whenIdle },
    { writesToJournal },
    { createNotifier, systemNotifyWorld },
  ] = await Promise.all([
    import('../../server/server.ts'),
    import('../../server/core/clock.ts'),
    import('../../server/core/logger.ts'),
    import('../../server/core/recent-log.ts'),
    import('../../server/core/heap-watch.ts'),
    import('../../server/core/when-idle.ts'),
    import('../service/journal.ts'),
    import('../service/notify.ts'),
  ])
  const clock = systemClock()
  const recentLog = new RecentLog()
  const log = makeLogger(io.stdout, {
    recent: recentLog,
    format: config.logFormat,
    level: config.logLevel,
    color: io.color,
    nowMs: () => clock.now().wallMs,
    hint: (text) => asTypedHere(text, io.ownCommand),
    omitTime: writesToJournal(io.env, 1),
  })
  if (databaseUrl !== undefined) refuseFile(sources)
  else if (existingServerPath !== undefined && !existsSync(databasePath)) {
    throw new NleError(
      'unfit',
      `${existingServerPath} is the database of the existing self-hosted server, and nle has none beside it yet. Bring the thermostats over with "nle import ${existingServerPath} --yes" and start again; that database stays as it is. To start with nothing, name another file with --db.`,
    )
  }
  const socketPath = socketOfServer(databasePath, io.env)
  const backUp = async (file: string, signal: AbortSignal): Promise<void> => {
    const { runOwn } = await import('../own-process.ts')
    await runOwn(['backup', file, '--db', databasePath, '--try-restore'], signal)
  }
  const server = await startServer({
    config,
    databasePath,
    socketPath,
    supervisor: await supervisorOf(io.env),
    given: { sources, remarks, file },
    clock,
    log,
    recentLog,
    backUp,
    launchBridge: async () => {
      const { launchBridge } = await import('../../server/matter/bridge-process.ts')
      return launchBridge(programWith(BRIDGE_ARGUMENT))
    },
  })
  if (config.logFormat === 'text')
    printLine(io, await banner(server, { databasePath, database }, io), BANNER_HANG)
  else {
    log.info('serving', {
      device_url: server.deviceUrl,
      cloudregisterurl: `${server.deviceUrl}/entry`,
      control_url: server.controlUrl,
      lan_control_url: server.lanControlUrl,
      socket: server.socketPath,
      database,
    })
  }
  if (isLoopbackHost(new URL(server.deviceUrl).hostname)) {
    const why =
      config.apiOrigin === undefined
        ? 'no address that a thermostat could reach was found; set API_ORIGIN'
        : 'API_ORIGIN means each thermostat itself; set it to the address of this machine'
    log.warn(why, { told_instead: server.deviceUrl })
  }
  for (const { level, message, mend } of remarks) {
    log[level === 'note' ? 'info' : 'warn'](message, { mend })
  }
  const systemd = createNotifier(systemNotifyWorld((message) => log.warn(message)))
  void systemd.ready(`Thermostats reach nle at ${server.deviceUrl}`)
  const endWatchdog = systemd.startWatchdog(() => storeAnswers(server))
  const stopWaiting = whenIdle(clock, SETTLED_AFTER_MS, () => {
    // What was compiled is written for the next start first: shrinking drops what ran only once.
    flushCompileCache()
    shrinkHeap()
  })
  await untilStopped(io.stop)
  stopWaiting()
  log.info('stopping')
  void systemd.stopping(config.drainS)
  endWatchdog()
  await server.stop()
  log.info('stopped')
}

/** Home Assistant's supervisor, where this process is one of its add-ons. */
async function supervisorOf({
  SUPERVISOR_TOKEN: token,
}: Io['env']): Promise<Supervisor | undefined> {
  if (!token) return undefined
  return (await import('../../server/supervisor/supervisor.ts')).supervisorWith(token)
}

/** For the watchdog: a server that cannot read its database had better be restarted. */
async function storeAnswers({ core }: RunningServer): Promise<boolean> {
  try {
    return (await core.store.server()) !== undefined
  } catch (error) {
    // A restart unlocks nothing and brings no database back, and ends the held connections.
    return ['busy', 'away'].includes(core.store.troubleOf(error)?.kind ?? '')
  }
}

/** The column where the values begin. */
const BANNER_HANG = 15

/** @throws NleError `invalid` for a file that a person named beside a PostgreSQL */
function refuseFile(sources: readonly ResolvedSetting[]): void {
  const isNamed = sources.some(({ name, source }) => name === 'databasePath' && source === 'flag')
  if (!isNamed) return
  throw new NleError(
    'invalid',
    'Name a file with --db or a PostgreSQL with --database (DATABASE_URL), not both.',
  )
}

async function banner(
  server: RunningServer,
  { databasePath, database }: { readonly databasePath: string; readonly database: string },
  io: Io,
): Promise<string> {
  const chalk = chalkOf(io)
  const known = await server.core.store.thermostats()
  const paired = known.filter(({ owner }) => owner !== undefined).length
  const { origin } = server
  const how =
    origin.source === 'network'
      ? chalk.dim(` (found on ${origin.interfaceName}; --api-origin to change)`)
      : ''
  const rows = [
    ['thermostats', `${chalk.bold(server.deviceUrl)}${how}`],
    [
      'enter there',
      `${chalk.bold(`${server.deviceUrl}/entry`)} ${chalk.dim('(cloudregisterurl)')}`,
    ],
    [
      'web page',
      `${chalk.bold(server.lanControlUrl)} ${chalk.dim('(also for Home Assistant, Homebridge)')}`,
    ],
    ['database', database],
    [
      'paired',
      paired === 0
        ? `none yet; set everything up with "${setupCommand(server, databasePath, io)}"`
        : `${paired} thermostat${paired === 1 ? '' : 's'}`,
    ],
  ]
  const lines = rows.map(([label = '', value]) => `  ${chalk.dim(label.padEnd(12))} ${value}`)
  return `\n  ${chalk.bold('nle')} is serving\n\n${lines.join('\n')}\n`
}

/** The command line with which `nle setup`, run here, finds this server. */
export function setupCommand(
  { controlUrl }: Pick<RunningServer, 'controlUrl'>,
  databasePath: string,
  io: Pick<Io, 'env'>,
): string {
  const byDefault = serverChoice({}, io.env)
  if (byDefault.url === undefined && resolve(byDefault.databasePath) === resolve(databasePath)) {
    return 'nle setup'
  }
  if (databasePath === NO_FILE) return `nle setup --server ${controlUrl}`
  const plain = /^[\w./~+@%-]+$/.test(databasePath)
  return `nle setup --db ${plain ? databasePath : `'${databasePath.replaceAll("'", "'\\''")}'`}`
}

function untilStopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve()
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
}
