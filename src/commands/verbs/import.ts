import type { Command } from 'commander'
import { importJson, importReport } from '../format/import-report.ts'
import { type Invocation, onCall, type SharedOptions } from '../invocation.ts'
import { addSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { printLine, printText } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

type ImportOptions = SharedOptions & SettingFlags & { readonly yes?: true }

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
  onCall(addSettings(command, ['databasePath']), io, importFrom)
}

async function importFrom(call: Invocation<ImportOptions>, source: string): Promise<void> {
  const { io, json, options } = call
  // Loaded here, so that the other verbs start without the database engine.
  const [{ prepareImport }, { bringsNothing }, databasePath] = await Promise.all([
    import('../../import/write.ts'),
    import('../../import/import-plan.ts'),
    call.requireStopped(),
  ])
  const nowMs = io.nowMs()
  const now = { wallMs: nowMs, steadyMs: nowMs }
  const { plan, apply } = await prepareImport(source, databasePath, now)
  const nothing = bringsNothing(plan)
  const files = { source, database: databasePath }

  if (!json) printText(io, importReport(plan, files))
  if (nothing || (options.yes !== true && (json || !io.interactive))) {
    if (json) io.stdout.write(importJson(plan, { ...files, applied: false }))
    else {
      const next = 'Nothing was changed yet. Run it again with --yes to bring this over.'
      printLine(io, `\n${nothing ? 'There is nothing to bring.' : next}`)
    }
    return
  }
  if (options.yes !== true) await confirm(io, `Bring this into ${databasePath}?`)
  const done = await apply()
  const next = 'Stop the existing server and start nle with the same settings: nle serve'
  if (json) io.stdout.write(importJson(done, { ...files, applied: true }))
  else printLine(io, `\nDone. ${next}`)
}
