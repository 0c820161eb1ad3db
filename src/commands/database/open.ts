import { existsSync } from 'node:fs'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Store } from '../../store/store.ts'
import type { Io } from '../terminal/io.ts'

const SERVICE_DATABASE = '/var/lib/nle/nle.sqlite'

/**
 * Reads the database, also while a server writes to it.
 *
 * @throws NleError `not_found` when there is none, `store` when it cannot be opened
 */
export async function readStore<T>(
  databasePath: string,
  io: Io,
  read: (store: Store) => T | Promise<T>,
): Promise<T> {
  if (!existsSync(databasePath)) {
    const service =
      databasePath !== SERVICE_DATABASE && existsSync(SERVICE_DATABASE)
        ? ` That of the system service is ${SERVICE_DATABASE}: name it with --db, as root.`
        : ''
    throw new NleError(
      'not_found',
      `There is no database at ${databasePath}. "nle serve" creates it.${service}`,
    )
  }
  // Loaded here: verbs that ask a server need no database.
  const { openForReading } = await import('../../store/open.ts')
  const store = openForReading(databasePath, io.nowMs())
  try {
    return await read(store)
  } finally {
    store.close()
  }
}

/** The status of every thermostat on file, as in `/api/devices`; none is online. */
export async function storedDevices(databasePath: string, io: Io): Promise<JsonObject[]> {
  const { statusOf } = await import('../../protocol/view/view-of.ts')
  const presence = { isAvailable: false, lastSeenMs: undefined }
  return readStore(databasePath, io, async (store) => {
    const known = await store.thermostats()
    const states = await Promise.all(known.map(({ serial }) => store.load(serial)))
    return states
      .map((state) => statusOf(state, presence, io.nowMs()))
      .filter((status) => status !== undefined)
  })
}

/**
 * Writes to the database, also while a server runs on it. Only for what the server reads again with
 * every request.
 *
 * @throws NleError `not_found`, `store` or `in_use`
 */
export async function writeStore<T>(
  databasePath: string,
  io: Io,
  write: (store: Store) => Promise<T>,
): Promise<T> {
  if (!existsSync(databasePath)) {
    throw new NleError(
      'not_found',
      `There is no database at ${databasePath}. "nle serve" creates it; name another with --db.`,
    )
  }
  const { openBesideServer } = await import('../../store/open.ts')
  const { store, close } = openBesideServer(databasePath, io.nowMs())
  try {
    return await write(store)
  } finally {
    close()
  }
}
