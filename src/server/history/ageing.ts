import { DAY_MS, HOUR_MS, type Slot, type Zone } from '../../protocol/history/calendar.ts'
import {
  type Ageing,
  hoursOf,
  nextAgeing,
  type Retention,
} from '../../protocol/history/retention.ts'
import { addTotals, decodeTotals, encodeTotals, noTotals } from '../../protocol/history/totals.ts'
import type { HistoryStore } from '../../store/history-store.ts'
import { readHistory } from './read-history.ts'

export interface AgeingRules {
  readonly retention: Retention
  /** The time zone of days. */
  readonly zone: Zone
}

/** Days that one thermostat ages at once, so that it catches up after a time without a server. */
const STEPS_AT_ONCE = 2

/**
 * Turns what is old of one thermostat into sums of hours, those into sums of days, and deletes what is older than
 * anything that is kept.
 *
 * @param nowMs - wall clock; see `earlierOf`
 * @returns whether nothing is left to be done now
 */
export async function ageOne(
  store: HistoryStore,
  serial: string,
  retention: Retention,
  nowMs: number,
  zone: Zone,
): Promise<boolean> {
  for (let step = 0; step < STEPS_AT_ONCE; step++) {
    const ageing = nextAgeing(await store.ages(serial), retention, nowMs, zone)
    if (ageing === undefined) return true
    await age(store, serial, ageing)
  }
  return false
}

async function age(store: HistoryStore, serial: string, ageing: Ageing): Promise<void> {
  switch (ageing.type) {
    case 'sum chunks':
      return sumChunks(store, serial, ageing.day)
    case 'sum hours':
      return sumHours(store, serial, ageing.fromMs)
    case 'delete chunks':
      return store.deleteChunks?.(serial, ageing.untilMs)
    case 'delete sums':
      return store.deleteSummaries?.(serial, ageing.beforeMs)
  }
}

async function sumChunks(store: HistoryStore, serial: string, day: Slot): Promise<void> {
  const { totals } = await readHistory(store, serial, hoursOf(day), [])
  await store.summarize(serial, [{ ...day, slotMs: HOUR_MS, totals: encodeTotals(totals) }])
}

async function sumHours(store: HistoryStore, serial: string, fromMs: number): Promise<void> {
  const [hours] = await store.summaries(serial, { fromMs, toMs: fromMs + 1 }, 1)
  if (hours === undefined) return
  const day = noTotals()
  for (const totals of decodeTotals(hours.totals)) addTotals(day, totals, 1)
  // A shorter day counts as one as well, and not as hours.
  const slotMs = Math.max(DAY_MS, hours.toMs - hours.fromMs)
  await store.summarize(serial, [{ ...hours, slotMs, totals: encodeTotals([day]) }])
}
