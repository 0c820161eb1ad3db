import { type Command, Option } from 'commander'
import { NleError } from '../../errors.ts'
import {
  TOKEN_SCOPES,
  type Token,
  type TokenScope,
} from '../../store/sqlite/tables/tokens-table.ts'
import { withStore, withStoreBesideServer } from '../database/open.ts'
import { age } from '../format/age.ts'
import { serverChoice, withDatabaseOption } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'

interface TokenOptions {
  readonly db?: string
  readonly json?: true
}

interface CreateOptions extends TokenOptions {
  readonly name: string
  readonly scope: TokenScope
  readonly expires?: string
}

const MAX_NAME_LENGTH = 64

/** Adds `nle token create`, `list` and `revoke`. */
export function registerToken(program: Command, io: Io): void {
  const token = program
    .command('token')
    .description(
      'say which programs may use the control API; everybody may while there is no token',
    )
  registerCreate(token, io)
  withDatabaseOption(token.command('list').description('list the tokens, without themselves'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle token list')
    .action((options: TokenOptions) => list(options, io))
  withDatabaseOption(
    token
      .command('revoke')
      .description('end a token, now')
      .argument('<token>', 'its id or its name, as "nle token list" shows them'),
  )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle token revoke "Home Assistant"')
    .action((asked: string, options: TokenOptions) => revoke(asked, options, io))
}

function registerCreate(token: Command, io: Io): void {
  const command = token
    .command('create')
    .description('make a token; it is shown once')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'read; control: commands and pairing, too; admin: everything')
        .choices(TOKEN_SCOPES)
        .default('control', 'control'),
    )
    .option('--expires <time>', 'when it ends, such as 12h, 90d or 1y (default: never)')
  withDatabaseOption(command)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle token create --name "Home Assistant"\n  $ nle token create --name dashboard --scope read --expires 90d',
    )
    .action((options: CreateOptions) => create(options, io))
}

async function create(options: CreateOptions, io: Io): Promise<void> {
  const name = options.name.trim()
  if (name === '' || name.length > MAX_NAME_LENGTH || printable(name) !== name) {
    throw new NleError('invalid', `--name has to be a text of 1 to ${MAX_NAME_LENGTH} characters.`)
  }
  const nowMs = io.nowMs()
  const expiresAtMs = options.expires === undefined ? null : nowMs + durationMs(options.expires)
  const { createToken } = await import('../../server/control/guards/tokens.ts')
  const { databasePath } = serverChoice(options, io.env)
  const { token, record } = await withStoreBesideServer(databasePath, io, (store) => {
    if (store.tokens.all().some((each) => each.name === name)) {
      throw new NleError('invalid', `There is a token of that name. Revoke it, or choose another.`)
    }
    return createToken(store, { name, scope: options.scope, expiresAtMs, nowMs })
  })
  if (options.json === true) {
    printJson(io, { ...shown(record), token })
    return
  }
  printLine(io, token)
  note(
    io,
    'It is not shown again. Programs send it as "Authorization: Bearer …" or "X-API-Key", the command line takes it from NLE_TOKEN. From now on the control API asks for one; programs on this machine need none.',
  )
}

async function list(options: TokenOptions, io: Io): Promise<void> {
  const { databasePath } = serverChoice(options, io.env)
  const tokens = await withStore(databasePath, io, (store) => store.tokens.all())
  if (options.json === true) {
    printJson(io, { tokens: tokens.map(shown), total: tokens.length })
    return
  }
  if (tokens.length === 0) {
    printLine(io, 'There is no token: everybody on the network may use the control API.')
    return
  }
  const nowMs = io.nowMs()
  const head = ['ID', 'NAME', 'SCOPE', 'MADE', 'EXPIRES'].map((title) => ({ title }))
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.scope,
    age(token.createdAtMs, nowMs),
    expiry(token, nowMs),
  ])
  io.stdout.write(table(head, rows, io.columns, chalkOf(io).dim))
}

async function revoke(asked: string, options: TokenOptions, io: Io): Promise<void> {
  const { databasePath } = serverChoice(options, io.env)
  const { token, left } = await withStoreBesideServer(databasePath, io, (store) => {
    const tokens = store.tokens.all()
    const token = tokens.find(({ id, name }) => id === asked || name === asked)
    if (token === undefined) {
      throw new NleError(
        'not_found',
        `There is no token "${printable(asked)}". "nle token list" shows them.`,
      )
    }
    store.tokens.delete(token.id)
    return { token, left: tokens.length - 1 }
  })
  if (options.json === true) printJson(io, { success: true, ...shown(token), left })
  else printLine(io, `"${token.name}" may not use the control API any more.`)
  if (left === 0) {
    note(
      io,
      'No token is left: everybody on the network may use the control API again, unless the server runs with --require-token.',
    )
  }
}

function shown({ id, name, scope, createdAtMs, expiresAtMs }: Token) {
  return {
    id,
    name,
    scope,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  }
}

function expiry({ expiresAtMs }: Token, nowMs: number): string {
  if (expiresAtMs === null) return 'never'
  return expiresAtMs <= nowMs ? 'expired' : new Date(expiresAtMs).toISOString().slice(0, 10)
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}

function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,4})([hdwy])$/.exec(text.trim()) ?? []
  const ms = Number(count) * (UNIT_MS[unit] ?? 0)
  if (ms > 0) return ms
  throw new NleError('invalid', '--expires has to be a time such as 12h, 90d or 1y.')
}
