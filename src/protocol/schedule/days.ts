import { quoted } from '../input.ts'
import { DAY_NAMES } from './schedule.ts'

/** Days and times of day as people write them. */

const GROUPS: ReadonlyMap<string, readonly number[]> = new Map([
  ['all', [0, 1, 2, 3, 4, 5, 6]],
  ['everyday', [0, 1, 2, 3, 4, 5, 6]],
  ['weekdays', [0, 1, 2, 3, 4]],
  ['weekday', [0, 1, 2, 3, 4]],
  ['weekend', [5, 6]],
  ['weekends', [5, 6]],
])

/** The words for days that completions offer. */
export const DAY_WORDS: readonly string[] = [
  ...DAY_NAMES.map((name) => name.slice(0, 3).toLowerCase()),
  'weekdays',
  'weekend',
  'all',
]

/** Why a text names no days. */
export function daysProblem(text: string): string {
  return `${quoted(text)} is not a day: write monday, tue, weekdays, weekend, all or mon-fri`
}

/** `monday`, `mon`, `tues`, `0`: the number of the day. */
function dayNumber(name: string): number | undefined {
  if (/^[0-6]$/.test(name)) return Number(name)
  if (name.length < 3) return undefined
  const day = DAY_NAMES.findIndex((full) => full.toLowerCase().startsWith(name))
  return day < 0 ? undefined : day
}

/** The days of `weekend`, `fri`, `mon-thu`, `mon, wed, fri` or `mon wed`; undefined for other text. */
export function daysNamed(text: string): number[] | undefined {
  const days: number[] = []
  const parts = text
    .toLowerCase()
    .replaceAll(/\s*[-–]\s*/g, '-')
    .split(/[\s,]+/)
  for (const name of parts.filter((part) => part !== '')) {
    const [first = '', last, ...more] = name.split('-')
    const from = dayNumber(first)
    const to = last === undefined ? from : dayNumber(last)
    const group = GROUPS.get(name)
    if (group !== undefined) days.push(...group)
    else if (from === undefined || to === undefined || more.length > 0) return undefined
    // `fri-mon` goes over the end of the week.
    else for (let n = 0; n <= (to - from + 7) % 7; n++) days.push((from + n) % 7)
  }
  return days.length === 0 ? undefined : [...new Set(days)]
}

/** Whether a word can only be meant as a time of day: a number with a colon. */
export function isTimeLike(word: string): boolean {
  return /^\d\S*:/.test(word)
}

/** A time of day, and the words up to the next one. */
export interface TimeAndText {
  readonly time: string
  /** '' when nothing follows. */
  readonly written: string
}

/** Splits `06:30 21  08:00 70 F`, which begins with a time. */
export function timesAndTexts(words: readonly string[]): TimeAndText[] {
  const starts = [...words.keys()].filter((index) => isTimeLike(words[index] ?? ''))
  return starts.map((start, index) => ({
    time: words[start] ?? '',
    written: words.slice(start + 1, starts[index + 1]).join(' '),
  }))
}

/** Seconds from midnight of `6:30`, `06:30` or `06:30:15`. */
export function secondsOf(text: string): number | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim())
  if (match === null) return undefined
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)
}

/** `HH:MM` of seconds from midnight, with seconds where there are some. */
export function timeText(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const rest = seconds % 60
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}`
  return rest === 0 ? time : `${time}:${two(rest)}`
}

/** Why a text is no time of day. */
export function timeProblem(text: string): string {
  return `${quoted(text)} is not a time of day: write "06:30"`
}
