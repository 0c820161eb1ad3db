import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { withoutUrlSecrets } from '../../protocol/secrets.ts'
import type { CopiedCounts } from '../../store/copy-store.ts'
import { historyPath } from '../../store/history-path.ts'
import type { Store } from '../../store/store.ts'
import { type Invocation, onSettings, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'

/** How long to wait for a command that works on the database for a moment. */
const LOCK_WAIT_MS = 250

interface Copied extends CopiedCounts {
  /** Whether there was a history that was copied. */
  readonly history: boolean
  /** Why it could not be copied, or not all of it. */
  readonly historyFault?: string
}

interface MigrateOptions extends SharedOptions {
  readonly back?: true
}

export function registerMigrate(program: Command, io: Io): void {
  const command = program
    .command('migrate')
    .description('copy everything from the database file into a PostgreSQL, or back')
    .argument('[url]', 'the PostgreSQL (default: DATABASE_URL)')
    .option('--back', 'copy from the PostgreSQL into a new database file')
    .addHelpText(
      'after',
      `
Stop every server first. What is copied from stays as it is, and what is copied to must be empty.
A password belongs into DATABASE_URL or PGPASSWORD.

Examples:
  $ nle migrate postgres://nle@db.example.org/nle
  $ nle migrate --back --db ./nle.sqlite postgres://nle@db.example.org/nle`,
    )
  onSettings(command, ['databasePath'], io, migrate)
}

async function migrate(call: Invocation<MigrateOptions>, named: string | undefined): Promise<void> {
  const { io, json, options } = call
  const { config, databasePath: file } = await call.settings()
  const url = named === undefined ? config.databaseUrl : checkedUrl(named)
  if (url === undefined) {
    throw new NleError(
      'invalid',
      'Name the PostgreSQL: "nle migrate postgres://nle@db.example.org/nle", or set DATABASE_URL.',
    )
  }
  const isBack = options.back === true
  refuseFile(file, isBack)
  if (isBack) refuseFile(historyPath(file), isBack)
  const shown = withoutUrlSecrets(url)
  const { historyFault, ...counts } = await copyBetween(file, url, isBack, io)
  const [from, to] = isBack ? [shown, file] : [file, shown]
  const text = `${counts.thermostats} thermostat${counts.thermostats === 1 ? '' : 's'} (${counts.paired} paired), ${counts.buckets} bucket${counts.buckets === 1 ? '' : 's'}${counts.history ? ', with history' : ''}`
  call.print({ from, to, ...counts }, `${to}: ${text}`)
  if (historyFault !== undefined)
    note(io, `The history could not be copied, or not all of it: ${historyFault}`)
  if (json) return
  note(io, `${from} stays as it is. Browsers have to sign in again.`)
  note(
    io,
    isBack
      ? 'Start "nle serve" without DATABASE_URL.'
      : 'Set DATABASE_URL for every "nle serve"; without it, one would go on with the old file.',
  )
}

/** @throws NleError `invalid` for anything but a URL of PostgreSQL without a password */
function checkedUrl(text: string): string {
  const { checkFlag, parse } = SETTINGS.databaseUrl
  try {
    checkFlag?.(text)
    return parse(text) ?? text
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NleError('invalid', `${withoutUrlSecrets(text)} is not right: ${why}`, { cause })
  }
}

function refuseFile(file: string, isBack: boolean): void {
  if (isBack && existsSync(file)) {
    throw new NleError(
      'in_use',
      `There is a database at ${file} already. Name a new file with --db.`,
    )
  }
  if (!isBack && !existsSync(file)) {
    throw new NleError('not_found', `There is no database at ${file}. Name it with --db.`)
  }
}

async function copyBetween(file: string, url: string, isBack: boolean, io: Io): Promise<Copied> {
  const [{ inUse, openOwnStore }, { openShared }, { copyStore }] = await Promise.all([
    import('../../store/open.ts'),
    import('../../store/open-shared.ts'),
    import('../../store/copy-store.ts'),
  ])
  // First, so that a wrong address makes no file.
  const shared = await openShared(url)
  try {
    if (!isBack) await refuseFilled(shared, withoutUrlSecrets(url))
    const nowMs = io.nowMs()
    const own = openOwnStore(file, nowMs, LOCK_WAIT_MS)
    if (own === undefined) throw await inUse(file, nowMs)
    try {
      // The steady clock of the file is the wall clock of this machine, that of PostgreSQL is its own.
      const aheadMs = ((await shared.shared?.time()) ?? nowMs) - nowMs
      const counts = isBack
        ? await copyStore(shared, own.store, nowMs, -aheadMs)
        : await copyStore(own.store, shared, nowMs, aheadMs)
      return { ...counts, ...(await copyPast(shared, historyPath(file), isBack, nowMs)) }
    } finally {
      own.close()
    }
  } finally {
    await shared.close()
  }
}

/** Copies the history. It is expendable: when it cannot be, everything else is copied nevertheless. */
async function copyPast(
  { shared }: Store,
  file: string,
  isBack: boolean,
  nowMs: number,
): Promise<Pick<Copied, 'history' | 'historyFault'>> {
  const [{ hasHistory, openHistory }, { copyHistory }] = await Promise.all([
    import('../../store/open-history.ts'),
    import('../../store/copy-history.ts'),
  ])
  if (shared === undefined || (!isBack && !hasHistory(file))) return { history: false }
  try {
    const inFile = openHistory(file)
    try {
      const [from, to] = isBack ? [shared.history(), inFile] : [inFile, shared.history()]
      return { history: await copyHistory(from, to, nowMs) }
    } finally {
      inFile.close()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { history: false, historyFault: reason }
  }
}

async function refuseFilled(store: Store, url: string): Promise<void> {
  const [first] = await store.serials()
  if (first === undefined) return
  throw new NleError(
    'in_use',
    `${url} has thermostats already, ${first} for one. Copy into an empty database.`,
  )
}
