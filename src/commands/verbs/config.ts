import type { Command } from 'commander'
import { type ReportedSetting, reportSettings } from '../../config.ts'
import type { SettingsAnswer } from '../client/client.ts'
import { addServer, type Invocation, onCall } from '../invocation.ts'
import { addSettings, givesSettings } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export function registerConfig(program: Command, io: Io): void {
  const command = program
    .command('config')
    .description('show every setting in force and where it came from; secrets are masked')
    .addHelpText(
      'after',
      `
The settings are those of the running server; without one, or with a flag, those that a server
started here would have. The order is: flag, environment variable, .env in the working folder, default.

Examples:
  $ nle config
  $ nle config --port 9000      what "nle serve --port 9000" would work with
  $ nle config --json`,
    )
  onCall(addServer(addSettings(command)).option('--json', 'print JSON'), io, config)
}

async function config(call: Invocation): Promise<void> {
  const { io, json } = call
  const { server, database, file, settings, remarks } = await settingsMeant(call)
  const rows = settings.map(({ env: name, value, source }) => ({ name, value, source }))
  if (json) return printJson(io, { server, database, file, settings: rows, remarks })
  io.stdout.write(settingTable(rows, io.columns))
  if (file !== null) io.stdout.write(`\nfile: ${file}\n`)
  if (remarks.length > 0) io.stdout.write('\n')
  for (const { level, message, mend } of remarks) {
    printLine(io, `${level}: ${printable(message)}. ${printable(mend ?? '')}`.trimEnd())
  }
}

interface Meant extends SettingsAnswer {
  readonly server: string | null
}

/** Those of the running server; where none runs, or with flags, those of a server that would be started here. */
async function settingsMeant(call: Invocation): Promise<Meant> {
  const { io } = call
  const asksWhatIf = givesSettings(call.options)
  const target = asksWhatIf ? undefined : await call.findTarget()
  if (target?.type === 'server') {
    const { client, others } = target
    if (others !== undefined) note(io, others)
    const answer = await client.call('getSettings')
    note(io, `These are the settings of the server at ${client.url}, on ${answer.database}.`)
    return { server: client.url, ...answer }
  }
  const { config, sources, remarks, file, databasePath } = await call.settings()
  const silent = target?.silent === undefined ? '' : `${target.silent.message} `
  const what = 'the settings that a server started here now would have'
  note(io, `${silent}${asksWhatIf ? 'These are' : 'No server answers; these are'} ${what}.`)
  const settings = reportSettings(sources, { config, databasePath })
  return {
    settings,
    server: null,
    database: databasePath,
    file: file ?? null,
    remarks: [...remarks],
  }
}

export interface SettingRow {
  readonly name: string
  readonly value: string | null
  readonly source: ReportedSetting['source']
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
