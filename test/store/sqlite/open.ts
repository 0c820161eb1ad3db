import { join } from 'node:path'
import type { Test } from 'tap'
import { Store } from '../../../src/store/store.ts'

export const NOW_MS = 1_707_148_800_000
export const SERIAL = '02AA01AC12345678'
export const OTHER = '09AA01AB12345678'

/** A store on a real file with two thermostats; it is closed with the test. */
export function openStore(t: Test): Store {
  const store = new Store(join(t.testdir(), 'nle.sqlite'), { nowMs: NOW_MS })
  t.teardown(() => store.close())
  store.devices.insert(SERIAL, NOW_MS)
  store.devices.insert(OTHER, NOW_MS + 1)
  return store
}
