import { type Command, Option } from 'commander'
import { NleError } from '../../errors.ts'
import { TOKEN_SCOPES, type TokenScope } from '../../store/store.ts'
import { age } from '../format/units.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'

interface CreateOptions extends SharedOptions {
  readonly name: string
  readonly scope: TokenScope
  readonly expires?: string
}

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
  onServer(creation, io, create)
  const listing = token
    .command('list')
    .description('list the tokens, without themselves')
    .addHelpText('after', '\nExamples:\n  $ nle token list')
  onServer(listing, io, list)
  const revocation = token
    .command('revoke')
    .description('end a token, now')
    .argument('<token>', 'its id or its name, as "nle token list" shows them')
    .addHelpText('after', '\nExamples:\n  $ nle token revoke "Home Assistant"')
  onServer(revocation, io, revoke)
}

async function create(call: Invocation<CreateOptions>): Promise<void> {
  const { io, json, options } = call
  const { scope } = options
  const name = options.name.trim()
  const nowMs = io.nowMs()
  const expiresAtMs = options.expires === undefined ? null : nowMs + durationMs(options.expires)
  const { createToken, shownToken } = await import('../../server/control/guards/tokens.ts')
  const { result, server, database } = await call.onTarget({
    async server(client) {
      const ends = expiresAtMs === null ? {} : { expires_at: new Date(expiresAtMs).toISOString() }
      const { success, ...made } = await client.call('createToken', {
        body: { name, scope, ...ends },
      })
      return made
    },
    database: (path) =>
      call.writeStore(path, async (store) => {
        const { token, record } = await createToken(store, { name, scope, expiresAtMs, nowMs })
        return { token, ...shownToken(record) }
      }),
  })
  if (json) return printJson(io, { ...result, server, database })
  printLine(io, result.token)
  const where =
    server === null
      ? `A server on ${database} asks for one from now on.`
      : `The server at ${server} asks for one from now on.`
  note(
    io,
    `It is not shown again. Programs send it as "Authorization: Bearer …" or "X-API-Key", the command line takes it from NLE_TOKEN. ${where} Only the command line needs none where it may open the socket of the server: as its user, or as root.`,
  )
}

/** A token as the control API and the database show it. */
interface ShownToken {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  readonly created_at: string
  readonly expires_at: string | null
  /** Only the running server knows; null: not since it was started. */
  readonly last_used_at?: string | null
}

async function list(call: Invocation): Promise<void> {
  const { io } = call
  const { shownToken } = await import('../../server/control/guards/tokens.ts')
  const { result, server, database } = await call.onTarget<ShownToken[]>({
    server: async (client) => (await client.call('listTokens')).tokens,
    database: (path) =>
      call.readStore(path, async (store) => (await store.tokens()).map(shownToken)),
  })
  if (call.json) return printJson(io, { tokens: result, total: result.length, server, database })
  if (result.length === 0) {
    return printLine(
      io,
      `There is no token: everybody on the network may use the control API of ${server === null ? `a server on ${database}` : server}, except for what only the owner may do.`,
    )
  }
  const nowMs = io.nowMs()
  const titles = ['ID', 'NAME', 'SCOPE', 'MADE', 'EXPIRES', ...(server === null ? [] : ['USED'])]
  const rows = result.map((token) => [
    token.id,
    token.name,
    token.scope,
    age(Date.parse(token.created_at), nowMs),
    expiry(token.expires_at, nowMs),
    ...(server === null ? [] : [use(token.last_used_at, nowMs)]),
  ])
  const head = titles.map((title) => ({ title }))
  io.stdout.write(table(head, rows, io.columns, chalkOf(io).dim))
}

async function revoke(call: Invocation, asked: string): Promise<void> {
  const { revokeToken, shownToken } = await import('../../server/control/guards/tokens.ts')
  const { result, server, database } = await call.onTarget({
    async server(client) {
      const { success, ...ended } = await client.call('revokeToken', { params: { name: asked } })
      return ended
    },
    database: (path) =>
      call.writeStore(path, async (store) => {
        const { record, left } = await revokeToken(store, asked)
        return { ...shownToken(record), left }
      }),
  })
  const of = server === null ? `a server on ${database}` : `the server at ${server}`
  call.print(
    { success: true, ...result, server, database },
    `"${printable(result.name)}" may not use the control API of ${of} any more.`,
  )
  if (result.left === 0) {
    note(
      call.io,
      'No token is left: everybody on the network may use the control API again, unless the server runs with --require-token.',
    )
  }
}

function expiry(expiresAt: string | null, nowMs: number): string {
  if (expiresAt === null) return 'never'
  return Date.parse(expiresAt) <= nowMs ? 'expired' : expiresAt.slice(0, 10)
}

function use(lastUsedAt: string | null | undefined, nowMs: number): string {
  return lastUsedAt ? age(Date.parse(lastUsedAt), nowMs) : 'not since its start'
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
