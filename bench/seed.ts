import { Store } from '../src/store/store.ts'
import { bucketsOf, SEEDED_AT_MS, serialOf, USER_ID } from './thermostat.ts'

const PER_TRANSACTION = 2_000

/** Creates a database with this many paired thermostats. */
export async function seed(databasePath: string, thermostats: number): Promise<void> {
  const store = new Store(databasePath, { nowMs: SEEDED_AT_MS })
  for (let first = 0; first < thermostats; first += PER_TRANSACTION) {
    await store.commit(() => {
      store.owners.ensureUser(USER_ID, SEEDED_AT_MS)
      for (let n = first; n < Math.min(thermostats, first + PER_TRANSACTION); n++) {
        seedOne(store, serialOf(n))
      }
    })
  }
  store.close()
}

function seedOne(store: Store, serial: string): void {
  // It was last seen just now.
  store.devices.insert(serial, Date.now())
  store.devices.setStructureKey(serial, 'structure.default')
  store.owners.set(serial, USER_ID, SEEDED_AT_MS)
  for (const [objectKey, value] of Object.entries(bucketsOf(serial))) {
    store.buckets.put(serial, { objectKey, revision: 1, timestamp: SEEDED_AT_MS, value })
  }
}
