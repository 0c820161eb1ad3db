import type { ChalkInstance } from 'chalk'
import { table } from '../terminal/table.ts'
import { age, size } from './units.ts'

/** A bucket as the control API lists it. */
interface ListedBucket {
  readonly serial: string
  readonly object_key: string
  readonly object_revision: number
  readonly object_timestamp: number
  readonly size: number
}

/** Stored buckets, one a row, with a column for the serial where there are several. */
export function bucketTable(
  buckets: readonly ListedBucket[],
  options: { nowMs: number; columns: number; chalk: ChalkInstance },
): string {
  const { nowMs, columns, chalk } = options
  const several = new Set(buckets.map(({ serial }) => serial)).size > 1
  const rows = buckets.map((bucket) => [
    ...(several ? [bucket.serial] : []),
    bucket.object_key,
    String(bucket.object_revision),
    String(bucket.object_timestamp),
    age(bucket.object_timestamp, nowMs),
    size(bucket.size),
  ])
  return table(
    [
      ...(several ? [{ title: 'SERIAL' }] : []),
      { title: 'OBJECT KEY', minWidth: 12 },
      { title: 'REVISION', align: 'right' },
      { title: 'TIMESTAMP', align: 'right' },
      { title: 'CHANGED' },
      { title: 'SIZE', align: 'right' },
    ],
    rows,
    columns,
    chalk.dim,
  )
}
