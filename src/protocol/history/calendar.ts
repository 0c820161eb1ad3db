import type { OffsetAt } from '../view/device-view.ts'

/** Where days begin: a time zone by its name and its offsets from UTC. */
export interface Zone {
  readonly name: string
  readonly offsetS: OffsetAt
}

/** A part of time, wall clock, ms. */
export interface Slot {
  readonly fromMs: number
  readonly toMs: number
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
/** No time zone is further from UTC. */
const MAX_OFFSET_MS = 15 * HOUR_MS

/** The number of the local day of an instant, counted from 1 January 1970. */
function dayNumber(atMs: number, { offsetS }: Zone): number {
  return Math.floor((atMs + offsetS(atMs) * 1000) / DAY_MS)
}

/** When a local day begins: at its midnight, or later where the clock is put forward at midnight. */
function beginOf(day: number, zone: Zone): number {
  const begins = (atMs: number): boolean =>
    dayNumber(atMs, zone) >= day && dayNumber(atMs - 1, zone) < day
  const utcMs = day * DAY_MS
  const guessMs = utcMs - zone.offsetS(utcMs) * 1000
  for (const atMs of [guessMs, utcMs - zone.offsetS(guessMs) * 1000]) if (begins(atMs)) return atMs
  let beforeMs = utcMs - MAX_OFFSET_MS
  let afterMs = utcMs + MAX_OFFSET_MS
  while (afterMs - beforeMs > 1) {
    const middleMs = Math.floor((beforeMs + afterMs) / 2)
    if (dayNumber(middleMs, zone) >= day) afterMs = middleMs
    else beforeMs = middleMs
  }
  return afterMs
}

/** The local day of an instant: 23, 24 or 25 hours. */
export function dayOf(atMs: number, zone: Zone): Slot {
  const day = dayNumber(atMs, zone)
  return { fromMs: beginOf(day, zone), toMs: beginOf(day + 1, zone) }
}

/**
 * Cuts time into slots. Each local day begins with a new one, so that no slot is of two days; longer ones are of
 * whole days, counted from the first.
 *
 * @param stepMs - up to a day, or whole days
 * @param most - how many are made at most; one more tells that there would be more
 * @returns whole slots: the first may begin earlier, and the last end later
 */
export function slotsOf(
  fromMs: number,
  toMs: number,
  stepMs: number,
  zone: Zone,
  most: number,
): Slot[] {
  const slots: Slot[] = []
  const perSlot = Math.max(1, Math.round(stepMs / DAY_MS))
  let day = dayNumber(fromMs, zone)
  let beginMs = beginOf(day, zone)
  while (beginMs < toMs && slots.length <= most) {
    day += perSlot
    const endMs = beginOf(day, zone)
    const sizeMs = stepMs < DAY_MS ? stepMs : endMs - beginMs
    const skipped = beginMs < fromMs ? Math.floor((fromMs - beginMs) / sizeMs) : 0
    for (let at = beginMs + skipped * sizeMs; at < Math.min(endMs, toMs); at += sizeMs) {
      if (slots.length > most) break
      const slot = { fromMs: at, toMs: Math.min(at + sizeMs, endMs) }
      if (slot.toMs > fromMs) slots.push(slot)
    }
    beginMs = endMs
  }
  return slots
}
