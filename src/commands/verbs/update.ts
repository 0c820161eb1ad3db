import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { REPOSITORY, VERSION } from '../../version.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { askReleases, GITHUB_API, notReleases } from '../update/ask-releases.ts'
import { newerReleases, type Release } from '../update/releases.ts'
import { thisCopy } from '../update/this-copy.ts'
import { type CopyFacts, originOf, wayToUpgrade } from '../update/way-to-upgrade.ts'

/** The exit code while there is a newer release, as of a warning of `nle doctor`. */
const EXIT_NEWER = 20
/** For the whole question, redirections included. */
const TIMEOUT_MS = 10_000
/** More lines would only push the way to upgrade out of sight. */
const MAX_LINES = 8

/** What the verb knows of this copy; a test passes its own. */
export interface UpdateWorld {
  readonly api: string
  readonly version: string
  readonly repository: string | undefined
  readonly facts: (env: Io['env']) => CopyFacts
}

const THIS_COPY: UpdateWorld = {
  api: GITHUB_API,
  version: VERSION,
  repository: REPOSITORY,
  facts: thisCopy,
}

interface UpdateOptions {
  readonly repository?: string
  readonly json?: true
}

export function registerUpdate(program: Command, io: Io, world: UpdateWorld = THIS_COPY): void {
  program
    .command('update')
    .description('say whether there is a newer nle, what is new, and how to upgrade')
    .option('--repository <owner/name>', 'the GitHub repository with the releases')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
It asks GitHub, and changes nothing. No other command of nle, and no server, asks by itself. It exits with 0
when there is no newer one, and with ${EXIT_NEWER} when there is.

Examples:
  $ nle update
  $ nle update --json`,
    )
    .action(async (options: UpdateOptions) => {
      io.exitCode = await update(io, world, options)
    })
}

async function update(io: Io, world: UpdateWorld, options: UpdateOptions): Promise<number> {
  const { api, version } = world
  const repository = repositoryOf(options.repository ?? world.repository)
  const answer = await askReleases({
    api,
    repository,
    version,
    timeoutMs: TIMEOUT_MS,
    stop: io.stop,
  })
  const newer = newerReleases(answer, version)
  if (newer === undefined) throw notReleases()
  const facts = world.facts(io.env)
  const [latest] = newer
  const way = latest && wayToUpgrade(facts, { ...latest, repository })
  if (options.json === true) {
    printJson(io, {
      version,
      newer: newer.map(({ version, headline, date }) => ({
        version,
        date: date ?? null,
        headline,
      })),
      installed_as: originOf(facts),
      upgrade: way === undefined ? null : { message: way.say, commands: way.commands },
      url: latest === undefined ? null : pageOf(repository, latest),
    })
  } else if (latest === undefined || way === undefined) {
    printLine(io, `There is no newer release than nle ${version}.`)
  } else {
    printLine(io, `nle ${latest.version} is there; this is ${version}. What is new:`)
    for (const each of newer.slice(0, MAX_LINES)) printLine(io, lineOf(each), 4)
    if (newer.length > MAX_LINES) printLine(io, `  and ${newer.length - MAX_LINES} older ones`)
    printLine(io, `All of it: ${pageOf(repository, latest)}`)
    printLine(io, `\n${way.say}`)
    // Commands stay as they are, however wide: they are copied.
    for (const command of way.commands) io.stdout.write(`  ${command}\n`)
  }
  return newer.length === 0 ? 0 : EXIT_NEWER
}

function repositoryOf(named: string | undefined): string {
  if (named === undefined) {
    throw new NleError(
      'invalid',
      'This copy of nle does not know who publishes its releases. Name the GitHub repository: nle update --repository <owner>/nle.',
    )
  }
  if (!/^[\w-]{1,100}\/[\w.-]{1,100}$/.test(named)) {
    throw new NleError(
      'invalid',
      `"${printable(named)}" is no GitHub repository; it has an owner and a name, such as OWNER/nle.`,
    )
  }
  return named
}

function lineOf({ version, date, headline }: Release): string {
  const when = date === undefined ? '' : ` (${date})`
  return printable(headline === '' ? `  ${version}${when}` : `  ${version}${when}: ${headline}`)
}

function pageOf(repository: string, { tag }: Release): string {
  return `https://github.com/${repository}/releases/tag/${tag}`
}
