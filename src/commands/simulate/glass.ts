import type { ChalkInstance } from 'chalk'
import type { Screen } from '../../virtual/index.ts'
import { displayWidth, printable, truncate } from '../terminal/printable.ts'
import { celsius, screenTarget } from './lines.ts'

const WIDTH = 32

/**
 * The thermostat's screen as a box of text; undefined while it is dark.
 *
 * @param options.command - how a person starts nle
 */
export function glass(
  screen: Screen,
  serial: string,
  { chalk, command }: { readonly chalk: ChalkInstance; readonly command: string },
): string | undefined {
  switch (screen.phase) {
    case 'code':
      return box(
        ['', 'Enter this code', '', screen.display, '', `${command} pair ${screen.display}`, ''],
        chalk,
        (line) => (line.trim() === screen.display ? chalk.bold(line) : line),
        serial,
      )
    case 'paired':
      return box(
        ['', celsius(screen.currentTemperature), '', screenTarget(screen), '', screen.owner, ''],
        chalk,
        chalk.green,
        serial,
      )
    case 'batteryLow':
      return box(['', 'Battery low', ''], chalk, chalk.yellow, serial)
    default:
      return undefined
  }
}

function box(
  lines: readonly string[],
  chalk: ChalkInstance,
  paint: (line: string) => string,
  title: string,
): string {
  const head = ` ${title} `.slice(0, WIDTH - 2)
  const top = `╭─${head}${'─'.repeat(WIDTH - 1 - head.length)}╮`
  const body = lines.map((line) => `│${paint(center(printable(line)))}│`)
  return [chalk.dim(top), ...body, chalk.dim(`╰${'─'.repeat(WIDTH)}╯`)].join('\n')
}

function center(line: string): string {
  const text = truncate(line, WIDTH - 2)
  const space = WIDTH - displayWidth(text)
  const left = Math.floor(space / 2)
  return `${' '.repeat(left)}${text}${' '.repeat(space - left)}`
}
