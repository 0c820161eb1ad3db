import { existsSync, readdirSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { inspect } from '../../../src/store/copies.ts'
import type { TokenScope } from '../../../src/store/store.ts'
import { mountingRefused, Volume } from '../../helpers/disk-limits.ts'
import { startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { quietDatabase } from '../homes.ts'
import { nle } from '../shell.ts'

/** A server that is well, and answers a request for a backup in this way. */
async function otherServer(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url !== '/health') return answer(request, response)
    response.end('{"status":"ok","server":"nle","version":"0"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('the running server sends its backup, and is named', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const file = join(t.testdir({}), 'backup.sqlite')
  const on = ['--db', home.databasePath]
  const ran = await nle(['backup', file, ...on])
  t.equal(ran.exitCode, 0, ran.stderr)
  t.match(ran.stdout.replace(/\s+/g, ' '), `1 thermostat (1 paired)`)
  t.match(ran.stdout.replace(/\s+/g, ' '), `of ${home.databasePath}`)
  t.match(inspect(file, START_MS), { paired: 1 })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.strictSame(readdirSync(t.testdirName), ['backup.sqlite'])
  t.match(await nle(['backup', file, ...on]), { exitCode: 8, stderr: /--force/ })
  const again = await nle(['backup', file, '--force', '--json', ...on])
  t.match(JSON.parse(again.stdout), {
    file,
    server: home.server.controlUrl,
    database: home.databasePath,
    paired: 1,
  })
  t.match(await nle(['backup', home.databasePath, '--force', ...on]), {
    exitCode: 2,
    stderr: /part of the database itself/,
  })
})

t.test('takes a backup from another machine with an admin token', async (t) => {
  const home = await startHome(t)
  const { controlUrl } = home.server
  const nowMs = home.clock.now().wallMs
  const tokenOf = async (scope: TokenScope) =>
    (await createToken(home.server.core.store, { name: scope, scope, expiresAtMs: null, nowMs }))
      .token
  const file = join(t.testdir({}), 'backup.sqlite')
  const take = (NLE_TOKEN?: string) =>
    nle(
      ['backup', file, '--force', '--server', controlUrl],
      NLE_TOKEN ? { env: { NLE_TOKEN } } : {},
    )
  t.match(await take(), { exitCode: 12, stderr: /Only the owner.*sudo/ })
  t.match(await take(await tokenOf('read')), { exitCode: 11, stderr: /may only read/ })
  t.notOk(existsSync(file))
  t.match(await take(await tokenOf('admin')), { exitCode: 0, stdout: new RegExp(controlUrl) })
  t.match(await nle(['backup', home.databasePath, '--force', '--server', controlUrl]), {
    exitCode: 2,
    stderr: /is the database of a server/,
  })
})

t.test('a server that dies in the middle leaves no half a backup', async (t) => {
  const url = await otherServer(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': 100_000 })
    response.write('SQLite format 3', () => response.destroy())
  })
  const folder = t.testdir({ 'backup.sqlite': 'the last one' })
  const file = join(folder, 'backup.sqlite')
  const ran = await nle(['backup', file, '--force', '--server', url])
  t.match(ran, { exitCode: 3, stderr: /did not send all of it/ })
  t.strictSame(readdirSync(folder), ['backup.sqlite'])
  t.equal(statSync(file).size, 'the last one'.length)
})

t.test('what is sent is checked before it takes the place of the last backup', async (t) => {
  const url = await otherServer(t, (_, response) => response.end('no database'))
  const folder = t.testdir({ 'backup.sqlite': 'the last one' })
  const ran = await nle(['backup', join(folder, 'backup.sqlite'), '--force', '--server', url])
  t.match(ran, { exitCode: 13, stderr: /cannot be used: it is not a database/ })
  t.equal(statSync(join(folder, 'backup.sqlite')).size, 'the last one'.length)
})

t.test('a server of an older version is named, and nothing else is backed up for it', async (t) => {
  const url = await otherServer(t, (_, response) => {
    response.writeHead(404).end('{"message":"There is nothing at /api/backup."}')
  })
  const file = join(t.testdir({}), 'backup.sqlite')
  t.match(await nle(['backup', file, '--server', url]), {
    exitCode: 2,
    stderr: /of an older version, which does not know this\. Bring it up to date/,
  })
  t.notOk(existsSync(file))
})

t.test('a full disk here is told as such', { skip: mountingRefused() }, async (t) => {
  const home = await startHome(t)
  await home.paired()
  const volume = Volume.small(t, 64)
  volume.fill()
  const ran = await nle(['backup', join(volume.folder, 'b'), '--db', home.databasePath])
  t.match(ran, { exitCode: 9, stderr: /\/b cannot be written: the disk is full/ })
  t.strictSame(readdirSync(volume.folder), ['filler'])
})

t.test('without a server it says which database it works on', async (t) => {
  const path = await quietDatabase(t, 'A3XR7M4')
  const file = join(t.testdirName, 'backup.sqlite')
  const ran = await nle(['backup', file, '--db', path, '--json'])
  t.match(ran.stderr, `No server runs on ${path}; working on the file itself.`)
  t.match(JSON.parse(ran.stdout), { server: null, database: path, thermostats: 1 })
})

t.test('restore and import stop while a server runs that may have the database', async (t) => {
  const home = await startHome(t)
  const env = { NLE_SERVER: home.server.controlUrl }
  const file = join(t.testdir({ x: '' }), 'x')
  for (const verb of ['restore', 'import']) {
    t.match(await nle([verb, file, '--yes'], { env }), {
      exitCode: 8,
      stderr: /A server runs at http.*Stop it.*--db/,
    })
  }
})
