import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { importJson, importReport } from '../format/import-report.ts'
import { addSettings, readSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { printLine } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'
import { wrap } from '../terminal/wrap.ts'

/** `nle import <database.sqlite>`: thermostats and pairings of the existing self-hosted server. */
export function registerImport(program: Command, io: Io): void {
  const command = program
    .command('import')
    .argument('<database>', 'its database.sqlite; it may be in use, and is not changed')
    .description('bring thermostats, their data and pairings over from the existing server')
    .option('-y, --yes', 'do it; without it you are asked, or only told where nobody can be asked')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Paired thermostats stay paired. What is newer here stays; doing it twice does no harm.
Stop "nle serve" first; docs/migrating.md tells the whole story.

Examples:
  $ nle import ./data/database.sqlite           show what would be brought, then ask
  $ nle import ./data/database.sqlite --yes     bring it`,
    )
  addSettings(command, ['databasePath'])
  command.action((database: string, flags: SettingFlags & { yes?: true; json?: true }) =>
    importFrom(database, flags, io),
  )
}

async function importFrom(
  source: string,
  flags: SettingFlags & { yes?: true; json?: true },
  io: Io,
): Promise<void> {
  // Loaded here, so that the other commands start without the database engine.
  const [{ prepareImport }, { databasePlace }] = await Promise.all([
    import('../../import/write.ts'),
    import('../database/place.ts'),
  ])
  const { config } = readSettings(flags, io)
  const { path } = databasePlace(config.databasePath, io.env)
  const nowMs = io.nowMs()
  const { plan, apply } = prepareImport(source, path, { wallMs: nowMs, steadyMs: nowMs })
  const nothing = plan.devices.length === 0 && plan.users.length === 0 && plan.broker === undefined
  const json = flags.json === true
  const apart = { source, database: path }

  if (!json) io.stdout.write(wrap(importReport(plan, apart), io.columns))
  if (nothing || (flags.yes !== true && (json || !io.interactive))) {
    if (json) io.stdout.write(importJson(plan, { ...apart, applied: false }))
    else {
      printLine(
        io,
        nothing
          ? '\nThere is nothing to bring.'
          : '\nNothing was changed yet. Run it again with --yes to bring this over.',
      )
    }
    return
  }
  if (flags.yes !== true && !(await confirm(io, `Bring this into ${path}?`))) {
    throw new NleError('cancelled', 'Nothing was changed.')
  }
  const done = await apply()
  if (json) io.stdout.write(importJson(done, { ...apart, applied: true }))
  else {
    printLine(
      io,
      '\nDone. Stop the existing server and start nle with the same settings: nle serve',
    )
  }
}
