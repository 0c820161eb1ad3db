import type { ChalkInstance } from 'chalk'
import { renderUnicodeCompact } from 'uqr'
import { spacedCode } from '../../protocol/matter/bridge-identity.ts'
import type { MatterAnswer, MatterCodesAnswer } from '../client/answers.ts'
import { size } from '../format/units.ts'
import { printable } from '../terminal/printable.ts'

/** How the bridge goes, for people. */
export function matterLines(status: MatterAnswer, chalk: ChalkInstance): string {
  const row = (label: string, value: string): string =>
    `  ${chalk.dim(label.padEnd(12))} ${value}\n`
  if (!status.on) return row('Matter', 'off; switch it on with "nle matter on"')
  const { last_error: error, fabrics, thermostats, memory_bytes: memory } = status
  const state = status.running
    ? chalk.green('on the network')
    : chalk.yellow(error === null ? 'starting' : `down, and started again: ${printable(error)}`)
  const where = `UDP port ${status.port}, ${status.interface ?? 'every network interface'}`
  return [
    row('Matter', state),
    row('reached at', where),
    ...(status.running ? [row('thermostats', String(thermostats))] : []),
    ...fabrics.map((fabric, i) => row(i === 0 ? 'controllers' : '', fabricText(fabric))),
    ...(status.running && fabrics.length === 0 ? [row('controllers', 'none yet')] : []),
    ...(memory === null ? [] : [row('memory', `${size(memory)}, in a process of its own`)]),
  ].join('')
}

export function fabricText({ index, name }: MatterAnswer['fabrics'][number]): string {
  return `${index}  ${printable(name)}`
}

/** What to enter in an app: the code as a picture, and as digits. */
export function codeText(
  { manual_code: manual, qr_code: qr, until }: MatterCodesAnswer,
  chalk: ChalkInstance,
): string {
  if (manual === null || qr === null) return ''
  const end = until === null ? '' : `, until ${until.slice(11, 16)} UTC`
  // White on black whatever the colours of the terminal are: not every app reads a negative.
  const picture = renderUnicodeCompact(qr, { border: 2 })
    .split('\n')
    .map((line) => chalk.whiteBright.bgBlack(line))
  return `\n${picture.join('\n')}\n\n  Scan this in the app, or type ${spacedCode(manual)}${end}.\n`
}
