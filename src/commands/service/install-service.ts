import { NleError } from '../../errors.ts'
import type { Io } from '../terminal/io.ts'
import { printLine } from '../terminal/print.ts'
import { offerMove } from './home-database.ts'
import type { ServiceHost } from './host.ts'
import { mustRun } from './systemctl.ts'
import { isPackaged, UNIT_NAME, UNIT_PATH, unfitExecutable, unitText } from './unit.ts'

/**
 * The program that the service is to run.
 *
 * @throws NleError `invalid` for one that a service cannot run
 */
export function serviceExecutable(host: ServiceHost, named?: string): string {
  const executable = named ?? host.executable()
  if (executable === undefined) {
    throw new NleError(
      'invalid',
      'nle runs from its source here, and a service needs the executable. Build it with ' +
        'scripts/build-binary.sh, put it in /usr/local/bin and run that one, or name it with --executable.',
    )
  }
  const unfit = unfitExecutable(executable)
  if (unfit === undefined) return executable
  throw new NleError(
    'invalid',
    `The service cannot run ${executable}: ${unfit}. Copy it to /usr/local/bin/nle and run ` +
      '"sudo /usr/local/bin/nle service install".',
  )
}

/** @throws NleError `invalid` without systemd, `in_use` beside a package, `not_found` without the program */
export function requireInstallable(host: ServiceHost, executable: string): void {
  requireSystemd(host)
  if (isPackaged(host)) {
    throw new NleError(
      'in_use',
      `A package has installed ${UNIT_NAME} already. Start it with "sudo systemctl enable --now nle".`,
    )
  }
  if (!host.exists(executable)) {
    throw new NleError('not_found', `There is no ${executable}. Check the path of --executable.`)
  }
}

export function requireSystemd(host: ServiceHost): void {
  if (host.booted()) return
  throw new NleError(
    'invalid',
    'This machine is not run by systemd, so there is nothing to install the service into. ' +
      'Let whatever starts programs here run "nle serve"; it stays in the foreground and stops on SIGTERM.',
  )
}

export function requireRoot(host: ServiceHost, verb: string): void {
  if (host.isRoot()) return
  throw new NleError(
    'forbidden',
    `Only root may change system services. Run "sudo nle service ${verb}".`,
  )
}

/**
 * Writes the unit and starts the service, now and at every boot.
 *
 * @param move - whether an earlier database becomes that of the service; undefined: ask
 */
export async function installService(
  io: Io,
  host: ServiceHost,
  executable: string,
  move?: boolean,
): Promise<void> {
  const moveDatabase = await offerMove(io, host, move)
  // Before the unit, so that the service never starts without it.
  moveDatabase?.()
  host.write(UNIT_PATH, unitText(executable))
  await mustRun(host, 'daemon-reload')
  await mustRun(host, 'enable', UNIT_NAME)
  await mustRun(host, 'restart', UNIT_NAME)
  printLine(io, 'nle is running as a service; its data is in /var/lib/nle.')
}
