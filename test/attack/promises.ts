import { USER_ID } from '../../bench/thermostat.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type Promised, PUTTING } from './household.ts'

/** What the server promised the household, and is not in its database. */
export async function brokenPromises(store: Store, promised: Promised): Promise<string[]> {
  const broken: string[] = []
  const { buckets } = await store.load(PUTTING)
  const stored = buckets.get(`device.${PUTTING}`)?.revision ?? 0
  if (stored < promised.revision) {
    broken.push(`the put of revision ${promised.revision} got a receipt; ${stored} is stored`)
  }
  for (const serial of promised.paired) {
    const { owner } = await store.load(serial)
    if (owner?.userId !== USER_ID) broken.push(`${serial} was paired, and has no owner`)
  }
  return broken
}

/** The same beside a running server. */
export async function brokenOnDisk(databasePath: string, promised: Promised): Promise<string[]> {
  const store = new SqliteStore(databasePath, { readonly: true, nowMs: Date.now() })
  try {
    return await brokenPromises(store, promised)
  } finally {
    store.close()
  }
}
