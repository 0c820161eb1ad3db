import type { ChalkInstance } from 'chalk'
import type { BucketSummary } from '../../store/store.ts'
import { table } from '../terminal/table.ts'
import { age, size } from './units.ts'

/** Stored buckets, one a row, with a column for the serial where there are several. */
export function bucketTable(
  buckets: readonly BucketSummary[],
  options: { nowMs: number; columns: number; chalk: ChalkInstance },
): string {
  const { nowMs, columns, chalk } = options
  const several = new Set(buckets.map(({ serial }) => serial)).size > 1
  const rows = buckets.map(({ serial, objectKey, revision, timestamp, size: bytes }) => [
    ...(several ? [serial] : []),
    objectKey,
    String(revision),
    String(timestamp),
    age(timestamp, nowMs),
    size(bytes),
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
