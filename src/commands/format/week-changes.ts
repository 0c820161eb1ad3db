import type { ChalkInstance } from 'chalk'
import type { ChangedDay } from '../../protocol/schedule/change-week.ts'
import { timeText } from '../../protocol/schedule/days.ts'
import { DAY_NAMES } from '../../protocol/schedule/schedule.ts'
import type { Entry } from '../../protocol/schedule/week.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { displayWidth } from '../terminal/printable.ts'
import { exactDegrees } from './units.ts'
import { dayLines } from './week-table.ts'

/** `Monday`, `Monday and Sunday`, `Monday to Friday`; from the first day of the week to the last. */
export function dayNames(days: readonly number[]): string {
  const names = days.map((day) => DAY_NAMES[day] ?? '')
  const isRow = days.every((day, index) => day === (days[0] ?? 0) + index)
  if (isRow && names.length > 2) return `${names[0]} to ${names.at(-1)}`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}

/** The days that change, each as it is and as it will be; days that change alike are one block. */
export function weekChanges(
  changed: readonly ChangedDay[],
  { scale, columns, chalk }: { scale: Scale; columns: number; chalk: ChalkInstance },
): string {
  const texts = (entries: readonly Entry[]): string[] =>
    entries.map(({ at, temps }) => setpointText(at, temps, scale))
  const rows = changed.map(({ day, before, after }) => ({
    day,
    before: texts(before),
    after: texts(after),
  }))
  const width = Math.max(
    0,
    ...rows.flatMap(({ before, after }) => [...before, ...after].map(displayWidth)),
  )
  const painted = (
    own: readonly string[],
    others: readonly string[],
    paint: (text: string) => string,
  ): string[] =>
    own.map((text) => {
      const padded = text + ' '.repeat(width - displayWidth(text))
      return others.includes(text) ? padded : paint(padded)
    })
  const alike = Map.groupBy(rows, ({ before, after }) => JSON.stringify([before, after]))
  const blocks = [...alike.values()].flatMap((group) => {
    const [{ before, after } = { before: [], after: [] }] = group
    return [
      `${chalk.bold(dayNames(group.map(({ day }) => day)))} ${chalk.dim(`(°${scale})`)}`,
      ...dayLines('  before', painted(before, after, chalk.red), width, columns),
      ...dayLines('  after', painted(after, before, chalk.green), width, columns),
    ]
  })
  return blocks.map((line) => `${line}\n`).join('')
}

/** `06:30 21`, `06:30 20–24`; a setpoint in the scale of the thermostat's own screen. */
export function setpointText(at: number, temps: readonly number[], scale: Scale): string {
  return `${timeText(at)} ${temps.map((temp) => exactDegrees(temp, scale)).join('–')}`
}
