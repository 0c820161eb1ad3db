import { NleError } from '../../errors.ts'
import {
  daysNamed,
  daysProblem,
  isTimeLike,
  secondsOf,
  timeProblem,
  timesAndTexts,
} from '../../protocol/schedule/days.ts'
import type { ScheduleMode } from '../../protocol/schedule/schedule.ts'
import {
  plainSetpoint,
  setpointFields,
  setpointProblem,
  temperatureProblem,
} from '../../protocol/schedule/schedule-setpoint.ts'
import type { Entry } from '../../protocol/schedule/week.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { HOTTEST_SLIP_C } from '../../protocol/setpoint.ts'

/** The words of `nle schedule set`, `remove` and `copy`: days, times and temperatures. */

/** The days, and what follows them from the first time on. */
export interface DaysAndTimes {
  readonly days: readonly number[]
  readonly rest: readonly string[]
}

/** @throws NleError `invalid` */
export function readDays(text: string): number[] {
  const days = daysNamed(text)
  if (days === undefined) throw new NleError('invalid', `${daysProblem(text)}.`)
  return days
}

/**
 * Splits `mon, tue 06:30 20`.
 *
 * @param example - the whole command, for hints
 * @throws NleError `invalid`
 */
export function splitAtTime(words: readonly string[], example: string): DaysAndTimes {
  const first = words.findIndex(isTimeLike)
  if (first === 0) throw new NleError('invalid', `Say on which days, as in: ${example}.`)
  const before = first < 0 ? words : words.slice(0, first)
  const number = before.find((word) => /^\d/.test(word))
  if (number !== undefined) throw new NleError('invalid', `${timeProblem(number)}.`)
  const days = readDays(before.join(' '))
  if (first < 0) throw new NleError('invalid', `Say the time, as in: ${example}.`)
  return { days, rest: words.slice(first) }
}

/** @throws NleError `invalid` */
export function readTime(word: string): number {
  const seconds = secondsOf(word)
  if (seconds === undefined) throw new NleError('invalid', `${timeProblem(word)}.`)
  return seconds
}

/** A setpoint whose temperature is still text: what it means depends on the thermostat. */
export interface WrittenSetpoint {
  readonly at: number
  readonly written: string
}

/**
 * Reads `06:30 20 22:00 17`.
 *
 * @throws NleError `invalid`
 */
export function readSetpoints(words: readonly string[], example: string): WrittenSetpoint[] {
  const setpoints: WrittenSetpoint[] = []
  for (const { time, written } of timesAndTexts(words)) {
    const at = readTime(time)
    if (written === '') {
      throw new NleError('invalid', `${time} has no temperature. Say it as in: ${example}.`)
    }
    if (setpoints.some((one) => one.at === at)) {
      throw new NleError('invalid', `${time} is there twice: a time has one temperature.`)
    }
    setpoints.push({ at, written: plainSetpoint(written) })
  }
  return setpoints
}

/**
 * The setpoint, °C. As everywhere on the command line a number alone is Celsius; on a thermostat that shows
 * Fahrenheit, one that can only be Fahrenheit is taken as such.
 *
 * @throws NleError `invalid`
 */
export function toEntry({ at, written }: WrittenSetpoint, mode: ScheduleMode, scale: Scale): Entry {
  const text = scale === 'F' && isHotNumber(written) ? `${written}F` : written
  const fields = setpointFields(text)
  if (fields === undefined) throw new NleError('invalid', `${temperatureProblem(written)}.`)
  const problem = setpointProblem(text, mode, 'words')
  if (problem !== undefined) throw new NleError('invalid', `${problem}.`)
  const temps = Object.values(fields).filter((temp) => typeof temp === 'number')
  return { at, temps, continuation: false }
}

/** Whether all numbers are without a unit, and none of them can be a setpoint in Celsius. */
function isHotNumber(written: string): boolean {
  const numbers = written.match(/\d+(\.\d+)?/g) ?? []
  return !/[a-z°]\s*$/i.test(written) && numbers.every((one) => Number(one) > HOTTEST_SLIP_C)
}
