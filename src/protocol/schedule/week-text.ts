import { NleError } from '../../errors.ts'
import type { JsonValue } from '../bucket.ts'
import { quoted } from '../input.ts'
import { isTimeLike, timeProblem, timesAndTexts } from './days.ts'
import type { LinedJson } from './json-lines.ts'
import { plainSetpoint } from './schedule-setpoint.ts'

/**
 * The schedule as lines of text, as `nle schedule show` prints it:
 *
 *     Winter (heat, °C)
 *     mon-fri    06:30 21   08:00 17
 *                17:00 21   22:30 62F
 *     weekend    08:00 21   23:00 17     # we sleep longer
 *     Sunday     -
 *
 * The first line may be left out, and a day may have several lines. What is in brackets continues the day
 * before: the thermostat adds that by itself, so it is skipped.
 */

const HEADING = /^(?<name>.*?)\s*\((?<mode>[a-z][a-z_ -]*?)\s*(?:,\s*°?\s*(?<unit>[cf]))?\)$/i
/** A longer line is no heading; the pattern would take long to see that. */
const LONGEST_HEADING = 200
const COMMENT = /(?:^|\s)#.*$/
const CONTINUATION = /\(\d[^()]*\)/g
/** What follows the names of days: a colon, or the dash of an empty day. */
const AFTER_DAYS = /\s*[:–—-]?\s*$/

/** Whether a schedule is written as lines of text and not as JSON. */
export function isWeekText(written: string): boolean {
  return !/^\uFEFF?\s*[{[]/.test(written)
}

/** A day, or several, as the text has it. */
interface WrittenDays {
  readonly line: number
  /** By time of day. */
  readonly setpoints: Map<string, { readonly line: number; readonly written: string }>
}

/**
 * Reads lines of text into the same file that JSON stands for.
 *
 * @throws NleError `invalid` beginning with `line N:`
 */
export function parseWeekText(text: string): LinedJson {
  let heading: { line: number; name: string; mode: string; unit: string } | undefined
  const week = new Map<string, WrittenDays>()
  let current: WrittenDays | undefined
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    if (/^\s*(#|$)/.test(raw)) continue
    const head = headingIn(raw.trim())
    if (head !== undefined) {
      if (heading !== undefined) {
        refuse(line, `the mode is there twice, first on line ${heading.line}`)
      }
      const { name = '', mode = '', unit = 'C' } = head
      heading = { line, name, mode: mode.toLowerCase(), unit: unit.toUpperCase() }
      continue
    }
    const words = raw.replace(COMMENT, '').replace(CONTINUATION, '').trim().split(/\s+/)
    const first = words.findIndex(isTimeLike)
    const timesFrom = first < 0 ? words.length : first
    const days = words.slice(0, timesFrom).join(' ').replace(AFTER_DAYS, '')
    if (days !== '') {
      current = week.get(days) ?? { line, setpoints: new Map() }
      week.set(days, current)
    }
    const times = words.slice(timesFrom)
    const number = days.split(' ').find((word) => /^\d/.test(word))
    if (number !== undefined) refuse(line, timeProblem(number))
    if (current === undefined) refuse(line, 'a day is missing before the first time')
    addSetpoints(current, times, line)
  }
  // Otherwise an emptied file would clear the week.
  if (week.size === 0) refuse(1, 'no day is named: write such as mon-fri 06:30 21')
  const { name = '', mode, unit = 'C' } = heading ?? {}
  const days = [...week].map(([key, { setpoints }]): [string, JsonValue] => [
    key,
    Object.fromEntries(
      [...setpoints].map(([time, { written }]) => [time, setpointValue(written, unit)]),
    ),
  ])
  return {
    value: {
      ...(name === '' ? {} : { name }),
      ...(mode === undefined ? {} : { mode }),
      days: Object.fromEntries(days),
    },
    lineOf([head, key = '', time = '']) {
      const written = head === 'days' ? week.get(key) : undefined
      return written?.setpoints.get(time)?.line ?? written?.line ?? heading?.line ?? 1
    },
  }
}

function headingIn(line: string): Readonly<Record<string, string>> | undefined {
  if (line.length > LONGEST_HEADING) return undefined
  return HEADING.exec(line)?.groups
}

/** Adds `06:30 21  08:00 17`. */
function addSetpoints({ setpoints }: WrittenDays, words: readonly string[], line: number): void {
  for (const { time, written } of timesAndTexts(words)) {
    const before = setpoints.get(time)
    if (before !== undefined) {
      refuse(line, `${quoted(time)} is there twice, first on line ${before.line}`)
    }
    if (written === '') refuse(line, `${quoted(time)} has no temperature: write such as 06:30 21`)
    setpoints.set(time, { line, written })
  }
}

/** A setpoint as JSON has it: a number is °C, and text has its unit. */
function setpointValue(written: string, unit: string): JsonValue {
  const text = plainSetpoint(written)
  if (unit === 'F') return /\d$/.test(text) ? `${text}F` : text
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function refuse(line: number, reason: string): never {
  throw new NleError('invalid', `line ${line}: ${reason}`)
}
