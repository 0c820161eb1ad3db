import { dayOf, HOUR_MS, type Zone } from '../../../protocol/history/calendar.ts'
import type { Range } from './history-range.ts'

export interface Tick {
  readonly atMs: number
  readonly label: string
}

/** A label needs about so many pixels. */
const LABEL_PIXELS = 58
const HOUR_STEPS = [1, 2, 3, 4, 6, 12]
const MONTH_DAYS = [1, 2, 3, 5, 7, 10, 15]
const MONTH_STEPS = [1, 2, 3, 6]

/** The times that an axis names: hours of a day, days of a week or month, months of a year. */
export function timeTicks(range: Range, zone: Zone, width: number, locale?: string): Tick[] {
  const most = Math.max(2, Math.floor(width / LABEL_PIXELS))
  const format = (options: Intl.DateTimeFormatOptions) => {
    const text = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone.name })
    return (atMs: number): Tick => ({ atMs, label: text.format(atMs) })
  }
  switch (range.span) {
    case 'day': {
      const step = stepWithin(HOUR_STEPS, 24, most)
      return hoursIn(range, zone, step).map(format({ hour: '2-digit', minute: '2-digit' }))
    }
    case 'week': {
      const days = daysIn(range, zone)
      const step = days.length <= most ? 1 : 2
      const named = days.filter((_, i) => i % step === 0)
      return named.map(format({ weekday: 'short', day: 'numeric' }))
    }
    case 'month': {
      const days = daysIn(range, zone)
      const step = stepWithin(MONTH_DAYS, days.length, most)
      const named = days.filter((_, i) => i % step === 0)
      return named.map(format({ day: 'numeric', month: 'short' }))
    }
    case 'year': {
      const firsts = daysIn(range, zone).filter((atMs) => local(atMs, zone).getUTCDate() === 1)
      const step = stepWithin(MONTH_STEPS, firsts.length, most)
      const named = firsts.filter((atMs) => local(atMs, zone).getUTCMonth() % step === 0)
      return named.map(format({ month: 'short' }))
    }
  }
}

function stepWithin(steps: readonly number[], all: number, most: number): number {
  return steps.find((step) => all / step <= most) ?? steps.at(-1) ?? 1
}

/** The beginnings of days. */
function daysIn({ fromMs, toMs }: Range, zone: Zone): number[] {
  const days: number[] = []
  for (let day = dayOf(fromMs, zone); day.fromMs < toMs; day = dayOf(day.toMs, zone)) {
    days.push(day.fromMs)
  }
  return days
}

/** Full hours of the clock: one that is skipped is not there, one that comes twice is named once. */
function hoursIn({ fromMs, toMs }: Range, zone: Zone, step: number): number[] {
  const hours: number[] = []
  let before = -1
  for (let atMs = fromMs; atMs < toMs; atMs += HOUR_MS / 2) {
    const at = local(atMs, zone)
    const hour = at.getUTCHours()
    if (at.getUTCMinutes() !== 0 || hour % step !== 0 || hour <= before) continue
    hours.push(atMs)
    before = hour
  }
  return hours
}

/** A date whose UTC fields are those of the local clock. */
function local(atMs: number, { offsetS }: Zone): Date {
  return new Date(atMs + offsetS(atMs) * 1000)
}
