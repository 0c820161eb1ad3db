import type { ChartAnswer, Lines, Values } from './history-series.ts'
import type { Bar } from './runtime-bars.ts'

/** A row of the table: what is known of the time of a bar, in the unit of the thermostat. */
export interface HistoryRow extends Bar {
  readonly inside: number | null
  readonly lowest: number | null
  readonly highest: number | null
  /** One target, or the bounds of a range. */
  readonly target: number | null
  readonly low: number | null
  readonly high: number | null
  readonly outside: number | null
  readonly humidity: number | null
}

/** The chart as a table, in as few rows as the bars of the runtimes; without the time that is still to come. */
export function rowsOf(
  { time }: ChartAnswer,
  lines: Lines,
  bars: readonly Bar[],
  nowMs: number,
): HistoryRow[] {
  return bars
    .filter(({ fromMs }) => fromMs < nowMs)
    .map((bar) => {
      const first = time.findIndex((atMs) => atMs >= bar.fromMs)
      const end = time.findIndex((atMs) => atMs >= bar.toMs)
      const known = (values: Values): number[] => {
        if (first === -1) return []
        const within = values.slice(first, end === -1 ? undefined : end)
        return within.filter((value) => value !== null)
      }
      return {
        ...bar,
        inside: mean(known(lines.inside)),
        lowest: least(known(lines.lowest)),
        highest: greatest(known(lines.highest)),
        target: mean(known(lines.target)),
        low: mean(known(lines.low)),
        high: mean(known(lines.high)),
        outside: mean(known(lines.outside)),
        humidity: mean(known(lines.humidity)),
      }
    })
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values)
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values)
}
