import type { ChalkInstance } from 'chalk'
import type { JsonObject } from '../../protocol/bucket.ts'
import { type ScheduleLine, scheduleOverview } from '../../protocol/schedule/week.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { displayWidth, printable } from '../terminal/printable.ts'
import { modeName } from './mode-name.ts'
import { exactDegrees } from './units.ts'

const DAY_WIDTH = 'Wednesday'.length + 2
const GAP = '   '

/**
 * The week of a schedule: a line per day with setpoints in order of time; long days wrap. The text can be read
 * again (`parseWeekText`), so it rounds nothing and has a comment for its legend.
 */
export function weekTable(
  schedule: JsonObject,
  { scale, columns, chalk }: { scale: Scale; columns: number; chalk: ChalkInstance },
): string {
  const days = scheduleOverview(schedule)
  const cells = days.map(({ lines }) => lines.map((line) => cellText(line, scale)))
  const width = Math.max(0, ...cells.flat().map(displayWidth))
  const name = typeof schedule.name === 'string' ? printable(schedule.name) : 'Schedule'
  const mode =
    typeof schedule.schedule_mode === 'string' ? printable(modeName(schedule.schedule_mode)) : '?'
  const head = `${chalk.bold(name)} ${chalk.dim(`(${mode}, °${scale})`)}`
  const body = days.flatMap(({ day, lines }, i) => {
    const texts = (cells[i] ?? []).map((text, at) => {
      const padded = text + ' '.repeat(width - displayWidth(text))
      return lines[at]?.continuation === true ? chalk.dim(padded) : padded
    })
    return dayLines(day, texts, width, columns)
  })
  const continues = days.some(({ lines }) => lines.some(({ continuation }) => continuation))
  const legend = continues ? [chalk.dim('# In brackets: goes on from before.')] : []
  return `${[head, ...body, ...legend].join('\n')}\n`
}

function cellText({ time, temps, continuation }: ScheduleLine, scale: Scale): string {
  const text = `${time} ${temps.map((temp) => exactDegrees(temp, scale)).join('–') || '?'}`
  return continuation ? `(${text})` : text
}

/**
 * The setpoints of a day below each other as far as they fit, behind a title.
 *
 * @param texts - each as wide as `width`; colours take no room
 */
export function dayLines(
  title: string,
  texts: readonly string[],
  width: number,
  columns: number,
): string[] {
  const fitting = Math.floor((columns - DAY_WIDTH + GAP.length) / (width + GAP.length))
  const size = Math.max(1, Math.min(fitting, texts.length))
  const rows: string[][] = []
  for (let at = 0; at < texts.length; at += size) rows.push(texts.slice(at, at + size))
  // A day without setpoints has its line.
  if (rows.length === 0) rows.push(['–'])
  return rows.map((row, at) =>
    `${(at === 0 ? title : '').padEnd(DAY_WIDTH)}${row.join(GAP)}`.trimEnd(),
  )
}
