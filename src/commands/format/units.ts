import { DAY_NAMES } from '../../protocol/schedule/schedule.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { parseTemperature } from '../../protocol/setpoint.ts'

const STEPS: readonly (readonly [unit: string, s: number])[] = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** A length of time in its largest unit: `45 s`, `3 min`, `2 h`, `5 days`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [unit, step] = STEPS.find(([, s]) => seconds >= s) ?? ['s', 1]
  const count = Math.floor(seconds / step)
  return `${count} ${unit}${unit === 'day' && count !== 1 ? 's' : ''}`
}

/** A length of time to the second: `45 min`, `1 h 30 min`. */
export function exactDuration(seconds: number): string {
  const units = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [Math.floor(seconds % 60), 's'],
  ] as const
  const parts = units.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`)
  return parts.length === 0 ? '0 s' : parts.join(' ')
}

/** How long ago an instant is. Clocks that disagree make the future `now` as well. */
export function age(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs
  return ms < 1_000 ? 'now' : `${duration(ms)} ago`
}

/** A size of data: `312 B`, `18.2 kB`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000
    ? `${(bytes / 1_000).toFixed(1)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The time of day here: `14:03`, with seconds `14:03:12`. */
export function clockTime(ms: number, precision: 'minutes' | 'seconds' = 'minutes'): string {
  const at = new Date(ms)
  const parts = [at.getHours(), at.getMinutes()]
  if (precision === 'seconds') parts.push(at.getSeconds())
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

const WEEK_MS = 7 * 86_400_000

/** An instant in the past: `14:03` of today, `Thu 14:03` within a week, else `2025-10-09`. */
export function instant(atMs: number, nowMs: number): string {
  const at = new Date(atMs)
  if (at.toDateString() === new Date(nowMs).toDateString()) return clockTime(atMs)
  if (Math.abs(nowMs - atMs) < WEEK_MS) return `${weekday(atMs).slice(0, 3)} ${clockTime(atMs)}`
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
  return parts.map((part) => String(part).padStart(2, '0')).join('-')
}

/** The day of the week here: `Monday`. */
export function weekday(ms: number): string {
  return DAY_NAMES[(new Date(ms).getDay() + 6) % 7] ?? ''
}

export function toCelsius(fahrenheit: number): number {
  return ((fahrenheit - 32) * 5) / 9
}

/** Degrees without unit in the scale of the thermostat's own screen: °C to a tenth, °F whole. */
export function degrees(celsius: number, scale: Scale): string {
  return scale === 'F'
    ? String(Math.round((celsius * 9) / 5 + 32))
    : String(Math.round(celsius * 10) / 10)
}

/**
 * The same, exact enough to be read again: the shortest text that stands for the same hundredth of a °C.
 */
export function exactDegrees(celsius: number, scale: Scale): string {
  const hundredths = Math.round(celsius * 100) / 100
  if (scale === 'C') return String(hundredths)
  const fahrenheit = (hundredths * 9) / 5 + 32
  const texts = [0, 1, 2].map((digits) => fahrenheit.toFixed(digits))
  return texts.find((text) => parseTemperature(`${text}F`) === hundredths) ?? String(fahrenheit)
}

/** `21.5 °C`, `70 °F`. */
export function temperature(celsius: number, scale: Scale): string {
  return `${degrees(celsius, scale)} °${scale}`
}

/** `20–24 °C`. */
export function temperatureRange(lowC: number, highC: number, scale: Scale): string {
  return `${degrees(lowC, scale)}–${degrees(highC, scale)} °${scale}`
}
