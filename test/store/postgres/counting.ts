import type { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import { decide } from '../../helpers/seed-store.ts'
import { SERIAL } from '../store-suite.ts'

export const SHARED = `shared.${SERIAL}`

/** Counts on by one in a bucket, and returns the count. */
export function count(store: PostgresStore): Promise<number> {
  return decide(store, SERIAL, (draft) => {
    const next = Number(draft.bucket(SHARED)?.value.count ?? 0) + 1
    draft.putBucket({ objectKey: SHARED, revision: 1, timestamp: 1, value: { count: next } }, '')
    return next
  })
}

export async function counted(store: PostgresStore): Promise<number> {
  return Number((await store.load(SERIAL)).buckets.get(SHARED)?.value.count ?? 0)
}
