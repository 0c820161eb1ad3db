import type { plot, SingleLine } from 'simple-ascii-chart'
import type { OffsetAt } from '../../protocol/view/device-view.ts'

/** A line over time; null in gaps. */
export interface ChartLine {
  /** Ms since epoch. */
  readonly time: readonly number[]
  readonly values: readonly (number | null)[]
}

export interface ChartOptions {
  readonly title: string
  /** Columns of the terminal. */
  readonly columns: number
  /** Ms since epoch: where days begin, the first one first. */
  readonly days: readonly number[]
  readonly offsetS: OffsetAt
}

/** Rows between two labels of the vertical axis. */
const ROWS_PER_TICK = 2
/** Left and right of the chart itself: the labels of the axis, and the arrow. */
const BESIDE = 9
/** Columns that a label below the chart takes, with a gap. */
const LABEL_WIDTH = 8
const MAX_WIDTH = 110
const MIN_WIDTH = 20
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Columns of the terminal that the chart itself has: more points than these cannot be seen. */
export function chartWidth(columns: number): number {
  const usable = Number.isFinite(columns) ? columns : 80
  return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, usable - BESIDE))
}

/**
 * Draws a line with its gaps.
 *
 * @param draw - the library's function, which is loaded only for this
 * @returns undefined when nothing of it is known
 */
export function historyChart(
  draw: typeof plot,
  { time, values }: ChartLine,
  { title, columns, days, offsetS }: ChartOptions,
): string | undefined {
  const lines = unbroken(time, values)
  const points = lines.flat()
  const [first, last] = [points[0]?.[0], points.at(-1)?.[0]]
  if (first === undefined || last === undefined) return undefined
  const width = chartWidth(columns)
  const label = (atMs: number): string => timeLabel(atMs + offsetS(atMs) * 1000, days.length)
  const { ticks, range } = scale(points.map(([, value]) => value))
  const chart = draw(lines, {
    width,
    height: (ticks.length - 1) * ROWS_PER_TICK + 1,
    yRange: range,
    customYAxisTicks: ticks,
    customXAxisTicks: timeTicks(first, last, days, Math.floor(width / LABEL_WIDTH)),
    formatter: (value, { axis }) => (axis === 'x' ? label(value) : String(value)),
  })
  const rows = chart.split('\n').filter((row) => row.trim() !== '')
  return `${title}\n${rows.map((row) => row.trimEnd()).join('\n')}\n`
}

/** The lines between gaps. */
function unbroken(time: readonly number[], values: readonly (number | null)[]): SingleLine[] {
  const lines: SingleLine[] = []
  let line: SingleLine | undefined
  for (const [i, value] of values.entries()) {
    const atMs = time[i]
    if (value === null || atMs === undefined) line = undefined
    else if (line === undefined) {
      line = [[atMs, value]]
      lines.push(line)
    } else line.push([atMs, value])
  }
  return lines
}

/** Steps between labels of the axis, as people count. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
const MAX_TICKS = 6

/** Round numbers around all values. */
function scale(values: readonly number[]): { ticks: number[]; range: [number, number] } {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const step = STEPS.find((each) => (most - least) / each <= MAX_TICKS - 1) ?? 1_000
  const from = Math.floor(least / step)
  const to = Math.max(from + 1, Math.ceil(most / step))
  const ticks = Array.from({ length: to - from + 1 }, (_, i) =>
    Number(((from + i) * step).toFixed(1)),
  )
  return { ticks, range: [ticks[0] ?? 0, ticks.at(-1) ?? 1] }
}

/** The beginnings of days, or of hours in one or two days, as many as have room. */
function timeTicks(first: number, last: number, days: readonly number[], room: number): number[] {
  const begins =
    days.length > 2 ? days : days.flatMap((day) => [0, 6, 12, 18].map((h) => day + h * HOUR_MS))
  const inside = begins.filter((atMs) => atMs >= first && atMs <= last)
  const every = Math.ceil(inside.length / Math.max(1, room))
  const ticks = inside.filter((_, i) => i % every === 0)
  return ticks.length > 0 ? ticks : [first, last]
}

const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed']

/** `06:00`, `Mon`, `9 Oct` or `Oct 25`, by how many days there are. */
function timeLabel(localMs: number, days: number): string {
  const at = new Date(localMs)
  if (days <= 2) return at.toISOString().slice(11, 16)
  if (days <= 7) return WEEKDAYS[Math.floor(localMs / DAY_MS) % 7] ?? ''
  const month = at.toLocaleString('en', { month: 'short', timeZone: 'UTC' })
  return days <= 200 ? `${at.getUTCDate()} ${month}` : `${month} ${at.toISOString().slice(2, 4)}`
}
