import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { socketFolder, startHome } from '../../helpers/home.ts'
import { changeStore, look, quietDatabase } from '../homes.ts'
import { nle } from '../shell.ts'

const TOKEN = /^nle_[\w-]{43}$/
const TOKEN_LINE = /^nle_[\w-]{43}\n$/

t.test(
  'a token is created beside a running server, takes effect at once, and is revoked',
  async (t) => {
    const home = await startHome(t)
    const { databasePath, server } = home
    const on = ['--db', databasePath]
    t.equal((await nle(['devices', ...on])).exitCode, 0, 'everybody may before there is one')

    const made = await nle(['token', 'create', '--name', 'Home Assistant', ...on])
    t.equal(made.exitCode, 0, made.stderr)
    const token = made.stdout.trim()
    t.match(token, TOKEN)
    t.match(made.stderr, /not shown again/)
    const onFile = await look(databasePath, (store) => store.tokens())
    t.notOk(JSON.stringify(onFile).includes(token))

    const refused = await nle(['devices', '--server', server.controlUrl, '--json'])
    t.equal(refused.exitCode, 12)
    t.match(JSON.parse(refused.stdout), { error: { code: 'unauthorized', message: /NLE_TOKEN/ } })
    const env = { NLE_TOKEN: token }
    t.equal((await nle(['devices', '--server', server.controlUrl], { env })).exitCode, 0)
    t.equal((await nle(['devices', ...on])).exitCode, 0, 'the socket of this machine needs none')
    const wrong = await nle(['devices', ...on], { env: { NLE_TOKEN: 'two words' } })
    t.equal(wrong.exitCode, 2, 'what no header can carry')

    const list = await nle(['token', 'list', ...on])
    t.match(list.stdout, /Home Assistant +control +\S.* never/)
    t.notMatch(list.stdout, token)
    const again = await nle(['token', 'create', '--name', 'Home Assistant', ...on])
    t.equal(again.exitCode, 2, 'a name is given once')
    const gone = await nle(['token', 'revoke', 'Home Assistant', ...on])
    t.equal(gone.exitCode, 0)
    t.match(gone.stderr, /everybody .* again/)
    t.equal((await nle(['devices', '--server', server.controlUrl])).exitCode, 0)
    t.equal((await nle(['token', 'revoke', 'Home Assistant', ...on])).exitCode, 4)
  },
)

t.test('watch sends the token', async (t) => {
  const home = await startHome(t)
  const { databasePath, server } = home
  // The server's first write must be on disk: it cannot finish while this process waits for the lock.
  await home.ask('GET', '/health')
  const create = ['token', 'create', '--name', 'x', '--json', '--db', databasePath]
  const made = await nle(create)
  t.equal(made.exitCode, 0, made.stdout)
  const { token, scope, expires_at } = JSON.parse(made.stdout)
  t.match(token, TOKEN)
  t.match({ scope, expires_at }, { scope: 'control', expires_at: null })
  const args = ['watch', '--server', server.controlUrl]
  t.equal((await nle(args)).exitCode, 12)
  const stop = new AbortController()
  const watching = await nle(args, {
    env: { NLE_TOKEN: token },
    stop: stop.signal,
    onError: (text) => text.includes('Watching') && stop.abort(),
  })
  t.equal(watching.exitCode, 0, watching.stderr)
})

t.test('creates and lists tokens without a server', async (t) => {
  const databasePath = await quietDatabase(t, 'A3XR7M2')
  const on = ['--db', databasePath]
  const made = await nle(['token', 'create', '--name', 'x', '--expires', '90d', ...on])
  t.match(made.stdout.trim(), TOKEN)
  t.match((await nle(['token', 'list', '--json', ...on])).stdout, /"expires_at":"\d{4}-/)
  t.equal((await nle(['token', 'list', '--db', join(t.testdir(), 'none')])).exitCode, 4)
})

t.test('refuses wrong options before it writes', async (t) => {
  const databasePath = await quietDatabase(t, 'A3XR7M2')
  for (const args of [
    ['--name', ''],
    ['--name', 'x'.repeat(65)],
    ['--name', 'a\u001b[31m'],
    ['--name', 'x', '--expires', 'soon'],
    ['--name', 'x', '--expires', '0d'],
    ['--name', 'x', '--scope', 'all'],
    [],
  ]) {
    t.equal(
      (await nle(['token', 'create', ...args, '--db', databasePath])).exitCode,
      2,
      args.join(' '),
    )
  }
  t.same(await look(databasePath, (store) => store.tokens()), [])
})

t.test('a token is made by the server that runs, which is named', async (t) => {
  const home = await startHome(t)
  const { databasePath, server } = home
  const on = ['--db', databasePath]
  const made = await nle(['token', 'create', '--name', 'x', '--scope', 'admin', ...on])
  t.match(made.stderr, `The server at ${server.controlUrl} asks for one from now on.`)
  const env = { NLE_TOKEN: made.stdout.trim() }
  const there = ['--server', server.controlUrl]
  const list = await nle(['token', 'list', ...there], { env })
  t.match(list.stdout, /USED\n.* x +admin .* now/, 'this very call used it')
  const json = JSON.parse((await nle(['token', 'list', '--json', ...on])).stdout)
  t.match(json, { server: server.controlUrl, database: databasePath, total: 1 })
  const refused = await nle(['token', 'create', '--name', 'y', ...there])
  t.match(refused, { exitCode: 12, stderr: /Only the owner/ })
  const gone = await nle(['token', 'revoke', 'x', ...there], { env })
  t.match(gone.stdout.replace(/\s+/g, ' '), `API of the server at ${server.controlUrl} any more`)
})

t.test('beside a server of an older version it works on the database of that one', async (t) => {
  const folder = socketFolder()
  const databasePath = join(folder, 'nle.sqlite')
  await changeStore(databasePath, async () => {})
  const older = createServer((request, response) => {
    if (request.url === '/health') response.end('{"status":"ok","server":"nle","version":"0"}')
    else response.writeHead(404).end(`{"message":"There is nothing at ${request.url}."}`)
  })
  await new Promise<void>((resolve) => older.listen(`${databasePath}.sock`, resolve))
  t.teardown(() => {
    older.closeAllConnections()
    older.close()
    rmSync(folder, { recursive: true })
  })
  const made = await nle(['token', 'create', '--name', 'x', '--db', databasePath])
  t.match(made, { exitCode: 0, stdout: TOKEN_LINE })
  t.match(
    made.stderr,
    `older version, which does not know this. Bring it up to date. Working on its database ${databasePath}`,
  )
  t.equal((await look(databasePath, (store) => store.tokens())).length, 1)
})
