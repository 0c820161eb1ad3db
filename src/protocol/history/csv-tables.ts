import type { OffsetAt } from '../view/device-view.ts'
import { csv, csvTime } from './csv.ts'

/** The columns of a chart by name. */
type Columns = Readonly<Partial<Record<string, readonly (string | number | boolean | null)[]>>>

/** A chart's columns as a table: the local time, ms since epoch, and the columns. */
export function historyCsv(time: readonly number[], columns: Columns, offsetS: OffsetAt): string {
  const names = Object.keys(columns)
  return csv(
    ['time', 'time_ms', ...names],
    time.map((atMs, i) => [
      csvTime(atMs, offsetS(atMs)),
      atMs,
      ...names.map((name) => columns[name]?.[i] ?? null),
    ]),
  )
}

/** Rows of runtimes as a table, with the local times first. */
export function runtimeCsv(
  rows: readonly Readonly<Record<string, number | null>>[],
  offsetS: OffsetAt,
): string {
  const names = Object.keys(rows[0] ?? { from: 0, to: 0 })
  return csv(
    [
      'begin',
      'end',
      ...names.map((name) => (name === 'from' || name === 'to' ? `${name}_ms` : name)),
    ],
    rows.map((row) => [
      csvTime(row.from ?? 0, offsetS(row.from ?? 0)),
      csvTime(row.to ?? 0, offsetS(row.to ?? 0)),
      ...names.map((name) => row[name] ?? null),
    ]),
  )
}
