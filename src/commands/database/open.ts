import { existsSync } from 'node:fs'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Store } from '../../store/store.ts'
import type { Io } from '../terminal/io.ts'

const SERVICE_DATABASE = '/var/lib/nle/nle.sqlite'

/**
 * Looks into the database; a server may be writing it meanwhile.
 *
 * @throws NleError `not_found` or `store`, as `openDatabase` does
 */
export async function withStore<T>(
  databasePath: string,
  io: Io,
  look: (store: Store) => T | Promise<T>,
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
  // Loaded here: commands that ask a server need no database.
  const { Store } = await import('../../store/store.ts')
  const store = new Store(databasePath, { readonly: true, nowMs: io.nowMs() })
  try {
    return await look(store)
  } finally {
    store.close()
  }
}

/** The status of every thermostat on file, as `/api/devices` would tell it; nobody is online. */
export async function storedDevices(databasePath: string, io: Io): Promise<JsonObject[]> {
  const { statusOf } = await import('../../server/thermostats/views.ts')
  const absent = { isAvailable: () => false, lastSeenMs: () => undefined }
  return withStore(databasePath, io, (store) =>
    store.devices
      .all()
      .map(({ serial }) => statusOf(store, absent, serial, io.nowMs()))
      .filter((status) => status !== undefined),
  )
}

/**
 * Opens the database to write one thing, whether a server runs on it or not: what a server looks up
 * with every request may change beside it. Who may write the file may do this.
 *
 * @throws NleError `not_found`, `store` or `in_use`, as `openDatabase` does
 */
export async function withStoreBesideServer<T>(
  databasePath: string,
  io: Io,
  work: (store: Store) => T,
): Promise<T> {
  if (!existsSync(databasePath)) {
    throw new NleError(
      'not_found',
      `There is no database at ${databasePath}. "nle serve" creates it; name another with --db.`,
    )
  }
  const [{ Store }, { StoreLock }] = await Promise.all([
    import('../../store/store.ts'),
    import('../../store/sqlite/lock.ts'),
  ])
  const lock = StoreLock.tryAcquire(databasePath, 0)
  try {
    const besideServer = lock === undefined
    const store = new Store(databasePath, { nowMs: io.nowMs(), besideServer })
    try {
      return await store.commit(() => work(store))
    } finally {
      store.close()
    }
  } finally {
    lock?.release()
  }
}
