import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { type ServiceHost, systemHost } from '../service/host.ts'
import {
  installService,
  requireInstallable,
  requireRoot,
  requireSystemd,
  serviceExecutable,
} from '../service/install-service.ts'
import { describeService, serviceState } from '../service/service-state.ts'
import { mustRun } from '../service/systemctl.ts'
import { isPackaged, UNIT_NAME, UNIT_PATH, unitText } from '../service/unit.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

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
  const executable = serviceExecutable(host, options.executable)
  const unit = unitText(executable)
  if (options.dryRun === true) {
    io.stdout.write(unit)
    return
  }

  requireInstallable(host, executable)
  requireRoot(host, 'install')
  const again = host.exists(UNIT_PATH)
  io.stderr.write(`${UNIT_PATH}:\n\n${unit}\n`)
  const question = again
    ? 'Replace the unit that is there by this one, and restart the service?'
    : 'Write this unit and start the service, now and at every boot?'
  if (options.yes !== true) await confirm(io, question)
  await installService(io, host, executable, options.move)
  printLine(io, 'Follow its log with "journalctl -u nle -f".')
}

async function uninstall(io: Io, host: ServiceHost, yes: boolean): Promise<void> {
  requireSystemd(host)
  if (!host.exists(UNIT_PATH)) {
    throw new NleError(
      'not_found',
      isPackaged(host)
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
  const state = await serviceState(host)
  if (json) printJson(io, state)
  else printLine(io, describeService(state))
  return state.active === 'active'
}
