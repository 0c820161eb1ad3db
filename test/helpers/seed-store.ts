import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { NOTHING_HELD } from '../../src/protocol/thermostat/decision.ts'
import { Draft } from '../../src/protocol/thermostat/draft.ts'
import { NO_MEMORY } from '../../src/protocol/thermostat/memory.ts'
import type { ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { Store } from '../../src/store/store.ts'

/** The time of drafts made here; a test that minds stores its own times. */
const NOW = { wallMs: 1_707_148_800_000, steadyMs: 1_707_148_800_000 }

/** Makes one decision on a store by a draft, as the rules do: for what a test wants on file. */
export function decide<T>(
  store: Store,
  serial: string,
  make: (draft: Draft, state: ThermostatState) => T,
): Promise<T> {
  return new Promise((resolve, reject) =>
    store.decide(
      serial,
      (state, nextChangeId) => {
        const draft = new Draft({
          state,
          nextChangeId,
          held: NOTHING_HELD,
          memory: NO_MEMORY,
          now: NOW,
        })
        return draft.decision(make(draft, state))
      },
      ({ reply }) => resolve(reply as T),
      reject,
    ),
  )
}

/** Puts a thermostat on file that has said nothing yet. */
export function meet(store: Store, serial: string, atMs = NOW.wallMs): Promise<void> {
  return decide(store, serial, (draft) => draft.setDevice(newDevice(atMs)))
}

/** Puts a bucket of a thermostat on file, which is put on file itself if it is not yet. */
export function putBucket(
  store: Store,
  serial: string,
  objectKey: string,
  value: Record<string, unknown>,
  version = { revision: 1, timestamp: 1 },
): Promise<void> {
  return decide(store, serial, (draft) => {
    draft.setDevice(draft.device ?? newDevice(NOW.wallMs))
    draft.putBucket({ objectKey, ...version, value: value as never }, 'seeded')
  })
}
