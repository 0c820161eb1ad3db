import { DAY_MS, dayOf, HOUR_MS, type Slot, type Zone } from './calendar.ts'

/** How many days each form of the history is kept, before it takes the next one. */
export interface Retention {
  /** As it was, change by change. */
  readonly rawDays: number
  /** In sums of an hour. */
  readonly hourlyDays: number
  /** In sums of a day. */
  readonly dailyDays: number
}

/** How old what is kept of one thermostat is, wall clock, ms; undefined for what there is not. */
export interface Ages {
  /** Where the oldest chunk ends. */
  readonly chunkUntilMs: number | undefined
  /** Where the newest sums end. */
  readonly summedUntilMs: number | undefined
  /** Where the oldest sums of hours begin. */
  readonly hoursFromMs: number | undefined
  /** Where the oldest sums begin. */
  readonly sumsFromMs: number | undefined
}

/** What has to be done with old data of one thermostat. */
export type Ageing =
  /** Put the chunks of a day into sums of hours. */
  | { readonly type: 'sum chunks'; readonly day: Slot }
  /** Put the hours of the day that begins at this instant into one sum. */
  | { readonly type: 'sum hours'; readonly fromMs: number }
  /** Delete chunks that end by then. */
  | { readonly type: 'delete chunks'; readonly untilMs: number }
  /** Delete sums that begin before. */
  | { readonly type: 'delete sums'; readonly beforeMs: number }

/**
 * The next step of ageing; undefined when everything is as it should be. Each step is of one day, so a clock that
 * is years ahead for an hour does not age everything.
 */
export function nextAgeing(
  { chunkUntilMs, summedUntilMs, hoursFromMs, sumsFromMs }: Ages,
  { rawDays, hourlyDays, dailyDays }: Retention,
  nowMs: number,
  zone: Zone,
): Ageing | undefined {
  if (chunkUntilMs !== undefined) {
    // A clock that was behind wrote it into a time that is summed up.
    if (summedUntilMs !== undefined && chunkUntilMs <= summedUntilMs) {
      return { type: 'delete chunks', untilMs: summedUntilMs }
    }
    const { fromMs, toMs } = dayOf(chunkUntilMs - 1, zone)
    if (toMs < nowMs - rawDays * DAY_MS) {
      // Another time zone than that of yesterday has other midnights.
      return { type: 'sum chunks', day: { fromMs: Math.max(fromMs, summedUntilMs ?? 0), toMs } }
    }
  }
  if (hoursFromMs !== undefined && hoursFromMs < nowMs - hourlyDays * DAY_MS) {
    return { type: 'sum hours', fromMs: hoursFromMs }
  }
  const beforeMs = nowMs - dailyDays * DAY_MS
  if (sumsFromMs !== undefined && sumsFromMs < beforeMs) {
    return { type: 'delete sums', beforeMs: Math.min(beforeMs, sumsFromMs + DAY_MS) }
  }
  return undefined
}

/** The hours of a day; the last one is shorter where the clock was moved by half an hour. */
export function hoursOf(day: Slot): Slot[] {
  const hours: Slot[] = []
  for (let fromMs = day.fromMs; fromMs < day.toMs; fromMs += HOUR_MS) {
    hours.push({ fromMs, toMs: Math.min(fromMs + HOUR_MS, day.toMs) })
  }
  return hours
}
