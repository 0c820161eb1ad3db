import { decideMakingRoom } from '../../protocol/thermostat/decide-bucket-removal.ts'
import {
  chooseUnknown,
  MAX_UNKNOWN_BYTES,
  totalRoom,
} from '../../protocol/transport/unknown-buckets.ts'
import type { Writer, WriterParts } from './writer.ts'

type Parts = Pick<WriterParts, 'store' | 'subscriptions' | 'events' | 'log' | 'health'> & {
  readonly writer: Writer
}

/**
 * Deletes buckets of unknown types whenever they take more than `MAX_UNKNOWN_BYTES` in the whole database.
 * They are counted only after as many bytes were written as there was room for at the last count.
 */
export function limitUnknownBuckets(parts: Parts): void {
  const { store, subscriptions, events, log, health, writer } = parts
  /** What may be written before the next count. The first write of this process counts. */
  let roomLeft = 0
  let isCounting = false

  async function makeRoom(): Promise<void> {
    const buckets = await store.unknownBuckets()
    const chosen = chooseUnknown(buckets, ({ serial, objectKey }) =>
      subscriptions.held(serial).lists(objectKey),
    )
    // One thermostat after another, so that others are served in between.
    const bySerial = Map.groupBy(chosen, ({ serial }) => serial)
    for (const [serial, group] of bySerial) {
      const objectKeys = group.map(({ objectKey }) => objectKey)
      await writer.decide(serial, (input) => decideMakingRoom(input, objectKeys))
    }
    if (chosen.length > 0) {
      log.warn('buckets of unknown types take too much room; some were deleted', {
        buckets: chosen.length,
        thermostats: bySerial.size,
      })
    }
    roomLeft += MAX_UNKNOWN_BYTES - (totalRoom(buckets) - totalRoom(chosen))
  }

  events.on('unknownBucketsWritten', (bytes) => {
    roomLeft -= bytes
    if (roomLeft >= 0 || isCounting) return
    isCounting = true
    // What is written while it counts may be counted or not, so it is deducted.
    roomLeft = 0
    makeRoom()
      .catch((error) => health.complain('buckets of unknown types could not be counted', error))
      .finally(() => {
        isCounting = false
      })
  })
}
