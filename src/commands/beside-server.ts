import { existsSync } from 'node:fs'
import { NleError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { Io } from './io.ts'

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
    import('../store/store.ts'),
    import('../store/lock.ts'),
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
