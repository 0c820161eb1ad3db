import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { addSettings, readSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

type BackupOptions = SettingFlags & { readonly force?: true; readonly json?: true }
type RestoreOptions = SettingFlags & { readonly yes?: true; readonly json?: true }

/** Adds `nle backup <file>`. */
export function registerBackup(program: Command, io: Io): void {
  const command = program
    .command('backup')
    .description('write the whole database to one file, also while the server runs')
    .argument('<file>', 'where to')
    .option('-f, --force', 'replace the file if it is there')
  addSettings(command, ['databasePath'])
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle backup /mnt/usb/nle.sqlite\n  $ nle backup "nle-$(date +%F).sqlite"',
    )
    .action((file: string, options: BackupOptions) => backup(file, options, io))
}

async function backup(file: string, options: BackupOptions, io: Io): Promise<void> {
  const [{ backUp }, path] = await Promise.all([
    import('../../store/sqlite/database-copy.ts'),
    place(options, io),
  ])
  const facts = backUp(path, file, { replace: options.force === true, nowMs: io.nowMs() })
  if (options.json === true) printJson(io, { file, database: path, ...facts })
  else printLine(io, `${file}: ${counted(facts)}`)
}

/** Adds `nle restore <file>`. */
export function registerRestore(program: Command, io: Io): void {
  const command = program
    .command('restore')
    .description('put a backup in the place of the database; the server must be stopped')
    .argument('<file>', 'a file that "nle backup" wrote')
    .option('-y, --yes', 'do not ask')
  addSettings(command, ['databasePath'])
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The backup is checked from end to end first, and the database it replaces is kept beside it.

Examples:
  $ nle restore /mnt/usb/nle.sqlite`,
    )
    .action((file: string, options: RestoreOptions) => restore(file, options, io))
}

async function restore(file: string, options: RestoreOptions, io: Io): Promise<void> {
  const [store, path] = await Promise.all([
    import('../../store/sqlite/database-copy.ts'),
    place(options, io),
  ])
  const facts = store.inspectFor(file, path, io.nowMs())
  if (options.yes !== true) {
    note(io, `${file}: ${counted(facts)}`)
    if (!io.interactive) {
      throw new NleError(
        'invalid',
        `The backup is sound. Add --yes to put it in the place of ${path}.`,
      )
    }
    if (!(await confirm(io, `Put it in the place of ${path}?`))) {
      throw new NleError('cancelled', 'Nothing was changed.')
    }
  }
  const kept = store.restore(file, path, io.nowMs())
  if (options.json === true) {
    printJson(io, { file, database: path, kept: kept ?? null, ...facts })
    return
  }
  printLine(io, `${path}: ${counted(facts)}`)
  if (kept !== undefined) note(io, `What was there before is ${kept}.`)
}

async function place(options: SettingFlags, io: Io): Promise<string> {
  const { databasePlace } = await import('../database/place.ts')
  const { config } = readSettings(options, io)
  return databasePlace(config.databasePath, io.env).path
}

function counted(facts: { thermostats: number; paired: number; buckets: number }): string {
  const { thermostats, paired, buckets } = facts
  return `${thermostats} thermostat${thermostats === 1 ? '' : 's'} (${paired} paired), ${buckets} bucket${buckets === 1 ? '' : 's'}`
}
