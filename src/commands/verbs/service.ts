import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { offerMove } from '../service/home-database.ts'
import { type ServiceHost, systemHost } from '../service/host.ts'
import { describeService, parseServiceState, STATE_PROPERTIES } from '../service/service-state.ts'
import { UNIT_NAME, UNIT_PATH, unfitExecutable, unitText } from '../service/unit.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

/** Units that a package installs; a second unit must not shadow them. */
const PACKAGED_UNITS = [`/usr/lib/systemd/system/${UNIT_NAME}`, `/lib/systemd/system/${UNIT_NAME}`]

/** The exit code of `nle service status` while the service does not run, as of `systemctl status`. */
const EXIT_NOT_RUNNING = 3

interface InstallOptions {
  readonly yes?: true
  readonly dryRun?: true
  readonly executable?: string
  /** Whether an earlier database becomes that of the service; undefined: ask. */
  readonly move?: boolean
}

export function registerService(program: Command, io: Io, host: ServiceHost = systemHost()): void {
  const service = program
    .command('service')
    .description('run nle as a system service (Linux with systemd)')

  service
    .command('install')
    .description('show the systemd unit, then write and start it')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'only show the unit')
    .option('--executable <path>', 'what the service runs (default: this executable)')
    .option('--move', 'move the database of an earlier "nle serve" to the service')
    .option('--no-move', 'leave it where it is; the service starts with a new one')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sudo nle service install\n  $ sudo nle service install --yes --move\n  $ nle service install --dry-run',
    )
    .action((options: InstallOptions) => install(io, host, options))

  service
    .command('uninstall')
    .description('stop the service and remove its unit; the data stays')
    .option('-y, --yes', 'do not ask')
    .action((options: { yes?: true }) => uninstall(io, host, options.yes === true))

  service
    .command('status')
    .description('say whether the service runs')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const running = await status(io, host, options.json === true)
      io.exitCode = running ? 0 : EXIT_NOT_RUNNING
    })
}

async function install(io: Io, host: ServiceHost, options: InstallOptions): Promise<void> {
  const executable = options.executable ?? host.executable()
  if (executable === undefined) {
    throw new NleError(
      'invalid',
      'nle runs from its source here, and a service needs the executable. Build it with ' +
        'scripts/build-binary.sh, put it in /usr/local/bin and run that one, or name it with --executable.',
    )
  }
  const unfit = unfitExecutable(executable)
  if (unfit !== undefined) {
    throw new NleError(
      'invalid',
      `The service cannot run ${executable}: ${unfit}. Copy it to /usr/local/bin/nle and run ` +
        '"sudo /usr/local/bin/nle service install".',
    )
  }
  const unit = unitText(executable)
  if (options.dryRun === true) {
    io.stdout.write(unit)
    return
  }

  requireSystemd(host)
  if (PACKAGED_UNITS.some((path) => host.exists(path))) {
    throw new NleError(
      'in_use',
      `A package has installed ${UNIT_NAME} already. Start it with "sudo systemctl enable --now nle".`,
    )
  }
  if (!host.exists(executable)) {
    throw new NleError('not_found', `There is no ${executable}. Check the path of --executable.`)
  }
  requireRoot(host, 'install')
  const again = host.exists(UNIT_PATH)
  io.stderr.write(`${UNIT_PATH}:\n\n${unit}\n`)
  const question = again
    ? 'Replace the unit that is there by this one, and restart the service?'
    : 'Write this unit and start the service, now and at every boot?'
  if (options.yes !== true) await confirm(io, question)
  const move = await offerMove(io, host, options.move)

  // Before the unit, so that the service never starts without it.
  move?.()
  host.write(UNIT_PATH, unit)
  await mustRun(host, 'daemon-reload')
  await mustRun(host, 'enable', UNIT_NAME)
  await mustRun(host, 'restart', UNIT_NAME)
  printLine(io, 'nle is running as a service; its data is in /var/lib/nle.')
  printLine(io, 'Follow its log with "journalctl -u nle -f".')
}

async function uninstall(io: Io, host: ServiceHost, yes: boolean): Promise<void> {
  requireSystemd(host)
  if (!host.exists(UNIT_PATH)) {
    const packaged = PACKAGED_UNITS.some((path) => host.exists(path))
    throw new NleError(
      'not_found',
      packaged
        ? 'The service came with a package. Remove it with "sudo apt remove nle".'
        : `The service is not installed (there is no ${UNIT_PATH}).`,
    )
  }
  requireRoot(host, 'uninstall')
  if (!yes) await confirm(io, `Stop the service and remove ${UNIT_PATH}?`)

  await mustRun(host, 'disable', '--now', UNIT_NAME)
  host.remove(UNIT_PATH)
  await mustRun(host, 'daemon-reload')
  printLine(io, 'The service is gone. Its data stays in /var/lib/nle; delete it if you are done.')
}

/** Prints the state; returns whether the service runs. */
async function status(io: Io, host: ServiceHost, json: boolean): Promise<boolean> {
  if (!host.booted()) {
    throw new NleError(
      'not_found',
      'This machine is not run by systemd, so there is no service. "nle doctor" says whether a server runs.',
    )
  }
  const shown = await host.systemctl('show', UNIT_NAME, `--property=${STATE_PROPERTIES.join(',')}`)
  if (shown.exitCode !== 0) throw failed(['show', UNIT_NAME], shown.stderr)
  const state = parseServiceState(shown.stdout)
  if (json) printJson(io, state)
  else printLine(io, describeService(state))
  return state.active === 'active'
}

function requireSystemd(host: ServiceHost): void {
  if (host.booted()) return
  throw new NleError(
    'invalid',
    'This machine is not run by systemd, so there is nothing to install the service into. ' +
      'Let whatever starts programs here run "nle serve"; it stays in the foreground and stops on SIGTERM.',
  )
}

function requireRoot(host: ServiceHost, verb: string): void {
  if (host.isRoot()) return
  throw new NleError(
    'forbidden',
    `Only root may change system services. Run "sudo nle service ${verb}".`,
  )
}

async function mustRun(host: ServiceHost, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await host.systemctl(...args)
  if (exitCode !== 0) throw failed(args, stderr)
}

function failed(args: readonly string[], stderr: string): NleError {
  return new NleError(
    'internal',
    `"systemctl ${args.join(' ')}" failed: ${stderr.trim() || 'it gave no reason'}. ` +
      'Look at "journalctl -u nle -e", then try again.',
  )
}
