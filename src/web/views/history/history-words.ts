import { DAY_MS, type Zone } from '../../../protocol/history/calendar.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { numberText, temperatureText } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'
import { isInSight, type Range, type ShownSpan } from './history-range.ts'
import type { ChartAnswer } from './history-series.ts'

const { history: texts } = TEXTS
const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' }
/** Means over a slot are seldom round: what ran for all but a moment of it ran. */
const ALWAYS = 0.97

/** The days of a range, for a heading. */
export function rangeText(range: Range, nowMs: number, zone: Zone, locale?: string): string {
  const { span, fromMs, toMs } = range
  const text = (atMs: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: zone.name }).format(atMs)
  if (span === 'day') {
    const day = text(fromMs, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    return isInSight(range, nowMs) ? texts.today(day) : day
  }
  const isOneYear = text(fromMs, { year: 'numeric' }) === text(toMs - 1, { year: 'numeric' })
  const date = { day: 'numeric', month: 'short', year: 'numeric' } as const
  const { year: _, ...withoutYear } = date
  return texts.fromTo(text(fromMs, isOneYear ? withoutYear : date), text(toMs - 1, date))
}

/** The beginning of a slot: its day, and the time of day where slots are shorter. */
export function slotText(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  zone: Zone,
  locale?: string,
): string {
  const hours = (toMs - fromMs) / 3_600_000
  const options: Intl.DateTimeFormatOptions =
    hours > 26
      ? { month: 'long', year: 'numeric' }
      : hours > 12
        ? DAY
        : { ...DAY, hour: '2-digit', minute: '2-digit' }
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone.name }).format(fromMs)
}

const BAR_LABELS: Readonly<Record<ShownSpan, Intl.DateTimeFormatOptions>> = {
  day: { hour: '2-digit', minute: '2-digit' },
  week: { weekday: 'short' },
  month: { day: 'numeric', month: 'short' },
  year: { month: 'short' },
}

/** What a bar of runtimes is called below it. */
export function barLabel(fromMs: number, span: ShownSpan, zone: Zone, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { ...BAR_LABELS[span], timeZone: zone.name }).format(
    fromMs,
  )
}

/** All that is known of one point, in words: `Sat 28 Nov, 14:05: inside 20.3 °C, target 21 °C, heating`. */
export function pointText(
  answer: ChartAnswer,
  index: number,
  { scale, zone, locale }: { readonly scale: Scale; readonly zone: Zone; readonly locale?: string },
): string {
  const fromMs = answer.time[index]
  if (fromMs === undefined) return ''
  const toMs = answer.time[index + 1] ?? answer.to
  const when = slotText({ fromMs, toMs }, zone, locale)
  return texts.at(when, whatText(answer, index, scale, locale))
}

function whatText(answer: ChartAnswer, index: number, scale: Scale, locale?: string): string {
  const { words } = texts
  const at = (values: readonly (number | null)[] | undefined) => values?.[index] ?? null
  const parts: string[] = []
  const add = (value: number | null, text: (temperature: string) => string) => {
    if (value !== null) parts.push(text(temperatureText(value, scale, locale)))
  }
  const addPair = (
    low: number | null,
    high: number | null,
    text: (low: string, high: string) => string,
  ) => {
    if (low === null || high === null) return
    parts.push(text(temperatureText(low, scale, locale), temperatureText(high, scale, locale)))
  }
  add(at(answer.temperature), words.inside)
  // Within minutes the temperature hardly changes, within a day it does.
  if (answer.step >= DAY_MS)
    addPair(at(answer.lowest_temperature), at(answer.highest_temperature), words.spread)
  add(at(answer.target_temperature), words.target)
  addPair(at(answer.target_temperature_low), at(answer.target_temperature_high), words.range)
  if (answer.eco?.[index]) parts.push(words.eco)
  for (const [stage, word] of [
    [at(answer.heating), words.heating],
    [at(answer.cooling), words.cooling],
  ] as const) {
    if (stage === null || stage === 0) continue
    parts.push(ranText(word, stage, locale))
  }
  const humidity = at(answer.humidity)
  if (humidity !== null) parts.push(words.humidity(numberText(Math.round(humidity), locale)))
  add(at(answer.outdoor_temperature), words.outside)
  if (parts.length > 0) return parts.join(', ')
  return answer.online?.[index] === false ? words.silent : words.unknown
}

/** @param stage - the mean over a slot, 0 to 3 */
function ranText(word: string, stage: number, locale?: string): string {
  const { words } = texts
  if (stage < ALWAYS) {
    return words.partly(word, numberText(Math.max(1, Math.round(stage * 100)), locale))
  }
  return stage < 1.5 ? word : words.stage(word, numberText(Math.round(stage), locale))
}
