import { NleError } from '../../errors.ts'
import type { Io } from '../terminal/io.ts'
import { note, printLine } from '../terminal/print.ts'
import { offer } from '../terminal/prompt.ts'
import type { ServiceHost } from './host.ts'

/**
 * Offers to give the service the database of an earlier "nle serve", which it could not see: otherwise the
 * thermostats would be paired in one database, and served from another one.
 *
 * @param wanted - undefined: the person is asked
 * @returns moves the database; undefined when there is none to move
 * @throws NleError `in_use` while a server runs on it; `unfit` for one that cannot be moved; `invalid` when
 * nobody can be asked
 */
export async function offerMove(
  io: Io,
  host: ServiceHost,
  wanted: boolean | undefined,
): Promise<(() => void) | undefined> {
  const { serviceDatabase } = host
  const [home, ...others] = host
    .homeDatabases()
    .filter((path) => path !== serviceDatabase && host.exists(path))
  if (home === undefined) return undefined
  if (host.exists(serviceDatabase)) {
    note(
      io,
      `The service has its database already, ${serviceDatabase}. ${home} stays where it is, and is not used; "sudo nle restore ${home} --db ${serviceDatabase}" would put it in the place of the service's.`,
    )
    return undefined
  }
  if (wanted === false) {
    note(io, `${home} stays where it is. The service starts with a new database.`)
    return undefined
  }
  // Loaded here: without such a database none is opened.
  const { inspectForMove, moveDatabase } = await import('../../store/copies.ts')
  const { thermostats, paired } = inspectForMove(home, serviceDatabase, io.nowMs())
  const what = `${home} has ${thermostats} thermostat${thermostats === 1 ? '' : 's'} (${paired} paired)`
  if (wanted === undefined && !io.interactive) {
    throw new NleError(
      'invalid',
      `Nothing was changed: ${what}. Add --move to give it to the service, or --no-move to let the service start with a new database.`,
    )
  }
  if (wanted === undefined && !(await offer(io, `${what}. Move it to the service?`))) {
    note(io, `${home} stays where it is. The service starts with a new database.`)
    return undefined
  }
  return () => {
    const kept = moveDatabase(home, serviceDatabase, io.nowMs())
    printLine(
      io,
      `The service has the database now, ${serviceDatabase}; the old one is kept as ${kept}.`,
    )
    note(
      io,
      'Settings that "nle serve" was given as flags, variables or in .env belong into /etc/default/nle.',
    )
    for (const other of others) note(io, `${other} is not used.`)
  }
}
