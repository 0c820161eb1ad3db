import { firstUsed } from '../src/protocol/pairing/password.ts'
import { newDevice } from '../src/protocol/thermostat/contact.ts'
import { presentedPassword } from '../src/server/pairing/password-hashing.ts'
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { decide } from '../test/helpers/seed-store.ts'
import { bucketsOf, PASSWORD, SEEDED_AT_MS, serialOf, USER_ID } from './thermostat.ts'

const PER_TRANSACTION = 2_000

/** Creates a database with this many paired thermostats. */
export async function seed(databasePath: string, thermostats: number): Promise<void> {
  const store = new SqliteStore(databasePath, { nowMs: SEEDED_AT_MS })
  await seedStore(store, thermostats)
  store.close()
}

/** Puts this many paired thermostats into a store. */
export async function seedStore(store: Store, thermostats: number): Promise<void> {
  for (let first = 0; first < thermostats; first += PER_TRANSACTION) {
    const count = Math.min(PER_TRANSACTION, thermostats - first)
    await Promise.all(Array.from({ length: count }, (_, n) => seedOne(store, serialOf(first + n))))
  }
}

function seedOne(store: Store, serial: string): Promise<void> {
  return decide(store, serial, (draft) => {
    // It was last seen just now.
    draft.setDevice({ ...newDevice(Date.now()), structureKey: 'structure.default' })
    const hash = presentedPassword(PASSWORD)?.hash()
    if (hash !== undefined) {
      draft.setPassword(firstUsed(hash, { wallMs: SEEDED_AT_MS, steadyMs: SEEDED_AT_MS }))
    }
    draft.setOwner({ userId: USER_ID, createdAtMs: SEEDED_AT_MS })
    for (const [objectKey, value] of Object.entries(bucketsOf(serial))) {
      draft.putBucket({ objectKey, revision: 1, timestamp: SEEDED_AT_MS, value }, 'seeded')
    }
  })
}
