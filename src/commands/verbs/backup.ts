import type { Command } from 'commander'
import type { DatabaseFacts } from '../../store/copies.ts'
import { type Invocation, onServer, onSettings, type SharedOptions } from '../invocation.ts'
import type { SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

type BackupOptions = SharedOptions & {
  readonly force?: true
  readonly withoutHistory?: true
  readonly tryRestore?: true
}
type RestoreOptions = SharedOptions &
  SettingFlags & { readonly yes?: true; readonly withoutHistory?: true }

export function registerBackup(program: Command, io: Io): void {
  const command = program
    .command('backup')
    .description('write the whole database to one file, also while the server runs')
    .argument('<file>', 'where to')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle backup /mnt/usb/nle.sqlite\n  $ sudo nle backup "nle-$(date +%F).sqlite"\n  $ nle backup nle.sqlite --server nas',
    )
  onServer(command, io, backup, {
    own: (each) =>
      each
        .option('-f, --force', 'replace the file if it is there')
        .option('--without-history', 'leave out what thermostats did')
        .option('--try-restore', 'also restore it to a file beside it, which is removed again'),
  })
}

async function backup(call: Invocation<BackupOptions>, file: string): Promise<void> {
  const { backUp, keepBackup } = await import('../../store/copies.ts')
  const withoutHistory = call.options.withoutHistory === true
  const how = {
    replace: call.options.force === true,
    tryRestore: call.options.tryRestore === true,
    nowMs: call.io.nowMs(),
  }
  const { result, server, database } = await call.onTarget({
    server: (client, databasePath) =>
      keepBackup(file, { ...how, databasePath }, (part) =>
        client.fetchBackup(part, !withoutHistory),
      ),
    database: async (path) => backUp(path, file, { ...how, withoutHistory }),
  })
  const { historyFault, ...facts } = result
  if (historyFault !== undefined) {
    note(call.io, `The history is not in it, because it cannot be read: ${historyFault}.`)
  }
  const of = database ?? `the server at ${server}`
  call.print({ file, server, database, ...facts }, `${file}: ${counted(facts)}, of ${of}`)
}

export function registerRestore(program: Command, io: Io): void {
  const command = program
    .command('restore')
    .description('put a backup in the place of the database; the server must be stopped')
    .argument('<file>', 'a file that "nle backup" wrote')
    .option('-y, --yes', 'do not ask')
    .option('--without-history', 'leave the history as it is')
    .addHelpText(
      'after',
      `
The backup is checked from end to end first, and the database it replaces is kept beside it.

Examples:
  $ nle restore /mnt/usb/nle.sqlite`,
    )
  onSettings(command, ['databasePath'], io, restore)
}

async function restore(call: Invocation<RestoreOptions>, file: string): Promise<void> {
  const { io, json, options } = call
  const [store, databasePath] = await Promise.all([
    import('../../store/copies.ts'),
    call.requireStopped(),
  ])
  const facts = store.inspectFor(file, databasePath, io.nowMs())
  if (options.yes !== true) {
    note(io, `${file}: ${counted(facts)}`)
    await confirm(
      io,
      `Put it in the place of ${databasePath}?`,
      `The backup is sound. Add --yes to put it in the place of ${databasePath}.`,
    )
  }
  const kept = store.restore(file, databasePath, io.nowMs(), options.withoutHistory)
  call.print(
    { file, database: databasePath, kept: kept ?? null, ...facts },
    `${databasePath}: ${counted(facts)}`,
  )
  if (kept !== undefined && !json) note(io, `What was there before is ${kept}.`)
}

function counted(facts: DatabaseFacts): string {
  const { thermostats, paired, buckets, history } = facts
  return `${thermostats} thermostat${thermostats === 1 ? '' : 's'} (${paired} paired), ${buckets} bucket${buckets === 1 ? '' : 's'}${history === true ? ', with history' : ''}`
}
