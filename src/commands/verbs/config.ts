import type { Command } from 'commander'
import type { ResolvedSetting } from '../../config.ts'
import { withoutUrlSecrets } from '../../protocol/secrets.ts'
import { type Invocation, onCall } from '../invocation.ts'
import { addSettings } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export function registerConfig(program: Command, io: Io): void {
  const command = program
    .command('config')
    .description('show every setting in force and where it came from; secrets are masked')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The order is: flag, environment variable, .env in the working folder, default.

Examples:
  $ nle config
  $ nle config --port 9000      what "nle serve --port 9000" would work with
  $ nle config --json`,
    )
  onCall(addSettings(command), io, config)
}

async function config(call: Invocation): Promise<void> {
  const { io } = call
  const { config, sources, remarks, file, databasePath } = await call.settings()
  const rows = settingRows(sources, {
    apiOrigin: config.apiOrigin,
    databasePath,
    entryKeyTtlS: String(config.entryKeyTtlS),
  })
  if (call.json) return printJson(io, { file: file ?? null, settings: rows, remarks })
  io.stdout.write(settingTable(rows, io.columns))
  if (file !== undefined) io.stdout.write(`\nfile: ${file}\n`)
  if (remarks.length > 0) io.stdout.write('\n')
  for (const { level, message, mend } of remarks) {
    printLine(io, `${level}: ${printable(message)}. ${printable(mend ?? '')}`.trimEnd())
  }
}

export interface SettingRow {
  readonly name: string
  readonly value: string | null
  readonly source: ResolvedSetting['source']
}

/**
 * The rows to show, with secrets masked.
 *
 * @param found - by setting name, the values in force that differ from what was written
 */
export function settingRows(
  sources: readonly ResolvedSetting[],
  found: Readonly<Record<string, string | undefined>>,
): SettingRow[] {
  return sources.map(({ name, env, source, text }) => {
    const value = found[name] ?? text
    return { name: env, value: value === undefined ? null : withoutUrlSecrets(value), source }
  })
}

/** The rows as a table for people. A value that does not fit the terminal has a line of its own. */
export function settingTable(
  rows: readonly SettingRow[],
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const nameWidth = widthOf(rows.map(({ name }) => name))
  const room = columns - nameWidth - widthOf(rows.map(({ source }) => source)) - 4
  const shown = rows.map(({ value, ...row }) => ({ ...row, value: value || '-' }))
  const valueWidth = widthOf(
    shown.map(({ value }) => value).filter((value) => value.length <= room),
  )
  return shown
    .map(({ name, value, source }) => {
      const line = (beside: string) =>
        `${name.padEnd(nameWidth)}  ${beside.padEnd(valueWidth)}  ${source}\n`
      return value.length <= room ? line(value) : `${line('')}  ${value}\n`
    })
    .join('')
}

function widthOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length))
}
