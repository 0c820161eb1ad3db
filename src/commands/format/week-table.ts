import type { ChalkInstance } from 'chalk'
import type { JsonObject } from '../../protocol/bucket.ts'
import { type ScheduleLine, scheduleOverview } from '../../protocol/schedule/week.ts'
import type { Scale } from '../client/answers.ts'
import { displayWidth, printable } from '../terminal/printable.ts'
import { modeName } from './mode-name.ts'
import { degrees } from './units.ts'

const DAY_WIDTH = 'Wednesday'.length + 2
const GAP = '   '

/** The week of a schedule: a line per day with setpoints in order of time; long days wrap. */
export function weekTable(
  schedule: JsonObject,
  { scale, columns, chalk }: { scale: Scale; columns: number; chalk: ChalkInstance },
): string {
  const days = scheduleOverview(schedule)
  const cells = days.map(({ lines }) => lines.map((line) => cellText(line, scale)))
  const width = Math.max(0, ...cells.flat().map(displayWidth))
  const perLine = Math.max(1, Math.floor((columns - DAY_WIDTH + GAP.length) / (width + GAP.length)))
  const name = typeof schedule.name === 'string' ? printable(schedule.name) : 'Schedule'
  const mode =
    typeof schedule.schedule_mode === 'string' ? printable(modeName(schedule.schedule_mode)) : '?'
  const head = `${chalk.bold(name)} ${chalk.dim(`(${mode}, °${scale})`)}`
  const body = days.flatMap(({ day, lines }, i) => {
    const texts = (cells[i] ?? []).map((text, at) => {
      const padded = text + ' '.repeat(width - displayWidth(text))
      return lines[at]?.continuation === true ? chalk.dim(padded) : padded
    })
    const rows = chunks(texts, Number.isFinite(perLine) ? perLine : Math.max(1, texts.length))
    return rows.map((row, at) =>
      `${(at === 0 ? day : '').padEnd(DAY_WIDTH)}${row.join(GAP)}`.trimEnd(),
    )
  })
  const continues = days.some(({ lines }) => lines.some(({ continuation }) => continuation))
  const legend = continues ? [chalk.dim('In brackets: goes on from before.')] : []
  return `${[head, ...body, ...legend].join('\n')}\n`
}

function cellText({ time, temps, continuation }: ScheduleLine, scale: Scale): string {
  const text = `${time} ${temps.map((temp) => degrees(temp, scale)).join('–') || '?'}`
  return continuation ? `(${text})` : text
}

/** At least one row, so that a day without setpoints has its line. */
function chunks(texts: readonly string[], size: number): string[][] {
  const rows: string[][] = []
  for (let at = 0; at < texts.length; at += size) rows.push(texts.slice(at, at + size))
  return rows.length === 0 ? [['–']] : rows
}
