import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { listenOnSocket } from '../../../src/server/http/local-socket.ts'
import { startServer } from '../../../src/server/server.ts'
import { socketFolder, startHome } from '../../helpers/home.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { spawnServe } from '../../helpers/serve-process.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

function folderOf(t: Test): string {
  const folder = socketFolder()
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

async function listening(t: Test, path: string): Promise<Server> {
  const server = createServer((_, response) => response.end('here'))
  await listenOnSocket(server, path)
  t.teardown(() => server.close())
  return server
}

/** The status of an answer over a socket. */
function get(socketPath: string, path: string, headers = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    asked.on('error', reject).end()
  })
}

t.test('the socket is only for its user, and gone when the server closes', async (t) => {
  const path = join(folderOf(t), 'nle.sock')
  // Whatever rights other new files get.
  const before = process.umask(0)
  t.teardown(() => process.umask(before))
  const server = await listening(t, path)
  t.equal(lstatSync(path).mode & 0o777, 0o600)
  t.equal(process.umask(), 0, 'others are as before')
  t.equal(await get(path, '/'), 200)
  await new Promise((resolve) => server.close(resolve))
  t.notOk(existsSync(path))
})

t.test('a path that takes no socket is refused, and what is there stays', async (t) => {
  const folder = folderOf(t)
  const file = join(folder, 'file')
  writeFileSync(file, 'of somebody')
  await t.rejects(listenOnSocket(createServer(), file), { code: 'invalid', message: /EADDRINUSE/ })
  t.equal(readFileSync(file, 'utf8'), 'of somebody')
  const long = join(folder, 'x'.repeat(120))
  await t.rejects(listenOnSocket(createServer(), long), { message: /bytes long/ })
  const nowhere = join(folder, 'none', 'nle.sock')
  await t.rejects(listenOnSocket(createServer(), nowhere), { code: 'invalid' })
})

t.test('a server that cannot have its socket says so, and serves', async (t) => {
  const folder = folderOf(t)
  const log = new RecordingLogger()
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const server = await startServer({
    config: { ...config, serverPort: 0, controlPort: 0 },
    databasePath: ':memory:',
    socketPath: join(folder, 'none', 'nle.sock'),
    clock: new ManualClock(),
    log,
  })
  t.teardown(() => server.stop())
  t.match(log.lines, [{ level: 'warn', event: /no socket/, fields: { mend: /nle token create/ } }])
  t.equal(server.socketPath, undefined)
  t.equal((await fetch(`${server.controlUrl}/health`)).status, 200)
})

t.test('it asks neither for a token nor for a name of this server', async (t) => {
  const { server } = await startHome(t, { config: { requireToken: true } })
  const { socketPath = '' } = server
  t.equal(await get(socketPath, '/api/devices'), 200)
  t.equal(await get(socketPath, '/api/devices', { Host: 'evil.example' }), 200)
  t.equal((await fetch(`${server.controlUrl}/api/devices`)).status, 401)
})

t.test('a killed server leaves its socket to the next one; a clean stop leaves none', async (t) => {
  const databasePath = join(folderOf(t), 'nle.sqlite')
  const socketPath = `${databasePath}.sock`
  const serve = () => {
    const child = spawnServe(databasePath)
    t.teardown(() => child.end('SIGKILL'))
    return child.serving
  }
  const first = await serve()
  t.equal(await get(socketPath, '/health'), 200)
  await first.end('SIGKILL')
  t.ok(existsSync(socketPath))
  const second = await serve()
  t.equal(await get(socketPath, '/health'), 200)
  await t.rejects(serve())
  t.equal(await get(socketPath, '/health'), 200, 'one that may not serve leaves it alone')
  await second.end('SIGTERM')
  t.notOk(existsSync(socketPath))
})

t.test('the service has its socket in the folder that systemd makes for it', async (t) => {
  const folder = folderOf(t)
  const runtime = join(folder, 'run')
  mkdirSync(runtime)
  const service = spawnServe('', { STATE_DIRECTORY: folder, RUNTIME_DIRECTORY: runtime })
  t.teardown(() => service.end('SIGKILL'))
  await service.serving
  t.equal(await get(join(runtime, 'nle.sock'), '/health'), 200)
  t.notOk(existsSync(join(folder, 'nle.sqlite.sock')))
})
