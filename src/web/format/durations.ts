import { TEXTS } from '../texts.ts'
import { numberText } from './temperature.ts'

/** `25 min`, `2 h`, `1 h 30 min`; parts of a minute count as a whole one. */
export function durationText(ms: number, locale?: string): string {
  const { units } = TEXTS
  const minutes = Math.ceil(ms / 60_000)
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  if (hours === 0) return units.minutes(numberText(minutes, locale))
  if (rest === 0) return units.hours(numberText(hours, locale))
  return units.hoursMinutes(numberText(hours, locale), numberText(rest, locale))
}
