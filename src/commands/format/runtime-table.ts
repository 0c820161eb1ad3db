import type { ChalkInstance } from 'chalk'
import type { RuntimeRow } from '../../protocol/history/columns.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import type { OffsetAt } from '../../protocol/view/device-view.ts'
import { type Column, table } from '../terminal/table.ts'

/** More days than these are summed up by month. */
const MAX_DAYS = 31

interface Shown {
  readonly title: string
  /** Undefined: always. */
  readonly isShown?: (rows: readonly RuntimeRow[]) => boolean
  readonly text: (row: RuntimeRow, scale: Scale) => string
}

const ran = (title: string, name: keyof RuntimeRow, isAlways = false): Shown => ({
  title,
  ...(isAlways ? {} : { isShown: (rows) => rows.some((row) => (row[name] ?? 0) > 0) }),
  text: (row) => hours(row[name] ?? 0),
})
const degreeHours = (title: string, name: keyof RuntimeRow): Shown => ({
  title,
  isShown: (rows) => rows.some((row) => (row[name] ?? 0) > 0),
  text: (row, scale) => {
    const value = row[name]
    return value === null ? '–' : String(Math.round(value * (scale === 'F' ? 1.8 : 1)))
  },
})

const COLUMNS: readonly Shown[] = [
  ran('HEATING', 'heating', true),
  ran('STAGE 2', 'heating_2'),
  ran('STAGE 3', 'heating_3'),
  ran('COOLING', 'cooling'),
  ran('FAN', 'fan'),
  ran('HOT WATER', 'hot_water'),
  degreeHours('DEGREE HOURS', 'degree_hours_heating'),
  degreeHours('COOLING DEGREE HOURS', 'degree_hours_cooling'),
  {
    title: 'KNOWN',
    isShown: (rows) => rows.some((row) => knownShare(row) < 0.99),
    text: (row) => `${Math.floor(knownShare(row) * 100)} %`,
  },
]

/**
 * How long what ran, a line for each day, or month when there are many, and one for all.
 *
 * @param rows - by day, the oldest first
 * @param offsetS - of the time zone of the days
 */
export function runtimeTable(
  given: readonly RuntimeRow[],
  {
    scale,
    nowMs,
    offsetS,
    columns,
    chalk,
  }: { scale: Scale; nowMs: number; offsetS: OffsetAt; columns: number; chalk: ChalkInstance },
): string {
  // Of today, what has passed can be known.
  const rows = given.map((row) => ({ ...row, to: Math.min(row.to, Math.max(nowMs, row.from + 1)) }))
  const isByMonth = rows.length > MAX_DAYS
  const nameOf = (row: RuntimeRow): string => periodName(row, offsetS, isByMonth)
  const periods = [...Map.groupBy(rows, nameOf)].map(([name, those]) => ({ name, row: sum(those) }))
  const shown = COLUMNS.filter(({ isShown }) => isShown?.(rows) ?? true)
  const head: Column[] = [
    { title: isByMonth ? 'MONTH' : 'DAY' },
    ...shown.map(({ title }) => ({ title, align: 'right' as const })),
  ]
  const line = (name: string, row: RuntimeRow): string[] => [
    name,
    ...shown.map(({ text }) => text(row, scale)),
  ]
  const lines = periods.map(({ name, row }) => line(name, row))
  const all = rows.length > 1 ? [line('all', sum(rows))] : []
  return table(head, [...lines, ...all], columns, chalk.dim)
}

/** `Mon 6 Oct`, or `Oct 2025`. */
function periodName({ from }: RuntimeRow, offsetS: OffsetAt, isByMonth: boolean): string {
  const local = new Date(from + offsetS(from) * 1000)
  const part = (options: Intl.DateTimeFormatOptions): string =>
    local.toLocaleString('en', { ...options, timeZone: 'UTC' })
  const month = part({ month: 'short' })
  return isByMonth
    ? `${month} ${local.getUTCFullYear()}`
    : `${part({ weekday: 'short' })} ${local.getUTCDate()} ${month}`
}

function sum(rows: readonly RuntimeRow[]): RuntimeRow {
  const total: Record<string, number | null> = {}
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const before = total[name] ?? null
      total[name] = value === null ? before : (before ?? 0) + value
    }
  }
  return total as RuntimeRow
}

/** Of sums of rows as well, because their times are summed too. */
function knownShare({ from, to, seconds }: RuntimeRow): number {
  return Math.min(1, (seconds * 1000) / (to - from))
}

/** `4:15` for four hours and a quarter. */
function hours(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}
