import type { Command } from 'commander'
import type { ResolvedSetting } from '../../config.ts'
import { withoutUrlPassword } from '../../protocol/secrets.ts'
import { addSettings, readSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'

/** `nle config`: every setting in force, and where it came from. */
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
  addSettings(command)
  command.action(async (flags: SettingFlags & { json?: true }) => {
    const { databasePlace } = await import('../database/place.ts')
    const { sources, config, file } = readSettings(flags, io)
    const { path } = databasePlace(config.databasePath, io.env)
    const rows = settingRows(sources, {
      apiOrigin: config.apiOrigin,
      databasePath: path,
      entryKeyTtlS: String(config.entryKeyTtlS),
    })
    if (flags.json === true) {
      io.stdout.write(`${JSON.stringify({ file: file ?? null, settings: rows })}\n`)
    } else {
      io.stdout.write(settingTable(rows))
      if (file !== undefined) io.stdout.write(`\nfile: ${file}\n`)
    }
  })
}

export interface SettingRow {
  readonly name: string
  readonly value: string | null
  readonly source: ResolvedSetting['source']
}

/**
 * What is shown of the settings.
 *
 * @param found - values nle works out where nothing was written, only a part of it, or too little
 */
export function settingRows(
  sources: readonly ResolvedSetting[],
  found: Readonly<Record<string, string | undefined>>,
): SettingRow[] {
  return sources.map(({ name, env, source, text }) => {
    const value = found[name] ?? text
    return { name: env, value: value === undefined ? null : withoutUrlPassword(value), source }
  })
}

/** The rows as a table for people. */
export function settingTable(rows: readonly SettingRow[]): string {
  const nameWidth = Math.max(...rows.map(({ name }) => name.length))
  const values = rows.map(({ value }) => (value === null || value === '' ? '-' : value))
  const valueWidth = Math.max(...values.map((value) => value.length))
  return rows
    .map(
      ({ name, source }, i) =>
        `${name.padEnd(nameWidth)}  ${(values[i] ?? '').padEnd(valueWidth)}  ${source}\n`,
    )
    .join('')
}
