import { type Command, Option } from 'commander'
import { NleError } from '../../errors.ts'
import { TOKEN_SCOPES, type Token, type TokenScope } from '../../store/store.ts'
import { age } from '../format/units.ts'
import { type Invocation, onDatabase, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'

interface CreateOptions extends SharedOptions {
  readonly name: string
  readonly scope: TokenScope
  readonly expires?: string
}

const MAX_NAME_LENGTH = 64

export function registerToken(program: Command, io: Io): void {
  const token = program
    .command('token')
    .description(
      'say which programs may use the control API; everybody may while there is no token',
    )
  const creation = token
    .command('create')
    .description('make a token; it is shown once')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'read; control: commands and pairing, too; admin: everything')
        .choices(TOKEN_SCOPES)
        .default('control', 'control'),
    )
    .option('--expires <time>', 'when it ends, such as 12h, 90d or 1y (default: never)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle token create --name "Home Assistant"\n  $ nle token create --name dashboard --scope read --expires 90d',
    )
  onDatabase(creation, io, create)
  const listing = token
    .command('list')
    .description('list the tokens, without themselves')
    .addHelpText('after', '\nExamples:\n  $ nle token list')
  onDatabase(listing, io, list)
  const revocation = token
    .command('revoke')
    .description('end a token, now')
    .argument('<token>', 'its id or its name, as "nle token list" shows them')
    .addHelpText('after', '\nExamples:\n  $ nle token revoke "Home Assistant"')
  onDatabase(revocation, io, revoke)
}

async function create(call: Invocation<CreateOptions>): Promise<void> {
  const { io, json, options } = call
  const name = options.name.trim()
  if (name === '' || name.length > MAX_NAME_LENGTH || printable(name) !== name) {
    throw new NleError('invalid', `--name has to be a text of 1 to ${MAX_NAME_LENGTH} characters.`)
  }
  const nowMs = io.nowMs()
  const expiresAtMs = options.expires === undefined ? null : nowMs + durationMs(options.expires)
  const { createToken } = await import('../../server/control/guards/tokens.ts')
  const { token, record } = await call.writeStore(async (store) => {
    if ((await store.tokens()).some((each) => each.name === name)) {
      throw new NleError('invalid', `There is a token of that name. Revoke it, or choose another.`)
    }
    return createToken(store, { name, scope: options.scope, expiresAtMs, nowMs })
  })
  if (json) return printJson(io, { ...shown(record), token })
  printLine(io, token)
  note(
    io,
    'It is not shown again. Programs send it as "Authorization: Bearer …" or "X-API-Key", the command line takes it from NLE_TOKEN. From now on the control API asks for one. Only the command line needs none where it may open the socket of the server: as its user, or as root.',
  )
}

async function list(call: Invocation): Promise<void> {
  const { io } = call
  const tokens = await call.readStore((store) => store.tokens())
  if (call.json) return printJson(io, { tokens: tokens.map(shown), total: tokens.length })
  if (tokens.length === 0) {
    return printLine(io, 'There is no token: everybody on the network may use the control API.')
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

async function revoke(call: Invocation, asked: string): Promise<void> {
  const { token, left } = await call.writeStore(async (store) => {
    const tokens = await store.tokens()
    const token = tokens.find(({ id, name }) => id === asked || name === asked)
    if (token === undefined) {
      throw new NleError(
        'not_found',
        `There is no token "${printable(asked)}". "nle token list" shows them.`,
      )
    }
    await store.deleteToken(token.id)
    return { token, left: tokens.length - 1 }
  })
  call.print(
    { success: true, ...shown(token), left },
    `"${token.name}" may not use the control API any more.`,
  )
  if (left === 0) {
    note(
      call.io,
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
