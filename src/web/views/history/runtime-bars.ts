import type { Answer } from '../../../api/endpoints.ts'
import { HOUR_MS, type Slot, type Zone } from '../../../protocol/history/calendar.ts'

export type RuntimeRows = Answer<'getRuntime'>

/** What runs, in the order in which it is told. */
export const KINDS = ['heating', 'cooling', 'fan', 'hot_water'] as const
export type Kind = (typeof KINDS)[number]

/** How long what ran, ms. */
export type Runtimes = Readonly<Record<Kind, number>>

export interface Bar extends Slot {
  readonly ran: Runtimes
}

const NOTHING: Runtimes = { heating: 0, cooling: 0, fan: 0, hot_water: 0 }

/** A bar for each hour, day or, with `byMonth`, for the days of each calendar month. */
export function barsOf({ rows }: RuntimeRows, zone: Zone, byMonth: boolean): Bar[] {
  const bars = rows.map(({ from, to, ...row }) => ({
    fromMs: from,
    toMs: to,
    ran: byKind((kind) => row[kind] * 1000),
  }))
  if (!byMonth) return bars
  const months = new Map<string, Bar[]>()
  for (const bar of bars) {
    const month = new Date(bar.fromMs + zone.offsetS(bar.fromMs) * 1000).toISOString().slice(0, 7)
    months.set(month, [...(months.get(month) ?? []), bar])
  }
  return [...months.values()].map((days) => ({
    fromMs: days[0]?.fromMs ?? 0,
    toMs: days.at(-1)?.toMs ?? 0,
    ran: sumOf(days),
  }))
}

export function sumOf(bars: readonly Bar[]): Runtimes {
  return bars.reduce((sum, { ran }) => byKind((kind) => sum[kind] + ran[kind]), NOTHING)
}

function byKind(of: (kind: Kind) => number): Runtimes {
  return {
    heating: of('heating'),
    cooling: of('cooling'),
    fan: of('fan'),
    hot_water: of('hot_water'),
  }
}

/** What ran at all. */
export function kindsThatRan(bars: readonly Bar[]): Kind[] {
  const sum = sumOf(bars)
  return KINDS.filter((kind) => sum[kind] > 0)
}

const HOURS = [0.5, 1, 2, 4, 6, 8, 12, 16, 20, 24, 30, 40, 50, 60, 80]

/** Where an axis of runtimes ends: a round number of hours that no bar is above, ms. */
export function topOf(bars: readonly Bar[]): number {
  const longest = Math.max(...bars.flatMap(({ ran }) => Object.values(ran)), 0) / HOUR_MS
  const hours = HOURS.find((each) => longest <= each) ?? Math.ceil(longest / 100) * 100
  return hours * HOUR_MS
}
