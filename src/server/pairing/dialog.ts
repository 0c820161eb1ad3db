import { advanced, type Bucket, type JsonObject } from '../../protocol/bucket.ts'
import { isPairingDialog } from '../../protocol/pairing/entry-key.ts'
import { pushDocument } from '../../protocol/transport/wire.ts'
import type { Core } from '../core/core.ts'
import type { Transaction } from '../core/writer.ts'

/**
 * Sets or empties the pairing dialog of a thermostat (`P13`). It goes out to a thermostat that lists
 * the bucket; one that does not has no use for it.
 *
 * @returns the bucket when it changed
 */
export function setDialog(
  { hub, clock }: Core,
  tx: Transaction,
  serial: string,
  value: JsonObject,
  push: 'push' | 'no push' = 'push',
): Bucket | undefined {
  const objectKey = `device_alert_dialog.${serial}`
  const before = tx.store.buckets.get(serial, objectKey)
  if (isPairingDialog(before?.value) === isPairingDialog(value)) return undefined
  const listed = hub.listedTimestamp(serial, objectKey)
  const bucket = advanced(before, objectKey, value, clock.now().wallMs, listed)
  tx.putBucket(serial, bucket, isPairingDialog(value) ? 'a key is open' : 'no key is open')
  if (push === 'push' && hub.lists(serial, objectKey)) {
    tx.after(() => hub.push(serial, { document: pushDocument([bucket]), carries: [] }))
  }
  return bucket
}
