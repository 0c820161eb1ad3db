import type { Store } from '../../src/store/store.ts'

/**
 * Lets every transaction that writes this bucket fail in its middle, as on a full disk.
 *
 * @returns ends it
 */
export function refuseBucket(store: Store, objectKey: string): () => void {
  const original = store.decide.bind(store)
  store.decide = (serial, decide, done, failed) =>
    original(
      serial,
      (state, nextChangeId) => {
        const decision = decide(state, nextChangeId)
        for (const write of decision.writes.buckets) {
          if (write.bucket.objectKey !== objectKey) continue
          Object.defineProperty(write, 'text', {
            get: () => {
              throw diskFull()
            },
          })
        }
        return decision
      },
      done,
      failed,
    )
  return () => {
    store.decide = original
  }
}

/** From now on the commit of every decision fails, as on a full disk. */
export function failCommits(store: Store): void {
  const original = store.decide.bind(store)
  store.decide = (serial, decide, _done, failed) =>
    original(serial, decide, () => failed(diskFull()), failed)
}

function diskFull(): Error {
  return Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
}
