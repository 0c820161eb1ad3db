import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { findServer, noServer, requireServer } from '../../../src/commands/client/find-server.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { changeStore, closedPort, quietDatabase } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'
import { nle } from '../shell.ts'

const { io } = memoryIo({ nowMs: START_MS })
/** No server is usual there. */
const NOWHERE = {
  url: `http://127.0.0.1:${await closedPort()}`,
  socketPath: '/nonexistent/nle.sock',
  databasePath: '/nonexistent/x',
}

t.test('a server whose database cannot be read is found on the usual port', async (t) => {
  const home = await startHome(t)
  const choice = { url: undefined, databasePath: '/nonexistent/x', databaseNamed: false }
  const { controlUrl: url, socketPath = '' } = home.server
  const found = await findServer(choice, io, { ...NOWHERE, url })
  t.match(found, { type: 'running', client: { url, address: { socketPath: undefined } } })
  const named = { ...choice, databaseNamed: true }
  t.same(await findServer(named, io, { ...NOWHERE, url }), { type: 'none' }, 'not asked for')
  t.same(await findServer(choice, io, NOWHERE), { type: 'none' })
  const service = await findServer(choice, io, { ...NOWHERE, socketPath })
  t.match(service, { type: 'running', client: { address: { socketPath } } }, 'or on its socket')
})

t.test('another program on the usual port is not taken for a server', async (t) => {
  const other = createServer((_, response) => response.end('{"status":"ok"}'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  const choice = { url: undefined, databasePath: '/nonexistent/x', databaseNamed: false }
  t.same(await findServer(choice, io, { ...NOWHERE, url }), { type: 'none' })
  await t.rejects(findServer({ ...choice, url }, io), {
    code: 'unreachable',
    message: /not the control API of an nle server/,
  })
})

t.test('a recorded server is ignored when dead, and named when silent', async (t) => {
  const databasePath = await quietDatabase(t, 'A3XR7M4')
  const controlUrl = `http://127.0.0.1:${await closedPort()}`
  const record = { pid: 4242, deviceUrl: 'http://192.168.1.5:8000', controlUrl, startedAtMs: 1 }
  await changeStore(databasePath, (store) => store.setServer(record))
  const choice = { url: undefined, databasePath, databaseNamed: true }
  t.same(await findServer(choice, io), { type: 'none' })
  await t.rejects(requireServer(choice, io), {
    code: 'unreachable',
    message: /No nle server runs.*nle serve/,
  })
  const unnamed = { ...choice, databaseNamed: false }
  t.match(
    noServer(unnamed).message,
    `none that serves ${databasePath}, and none answers on port 8082. Start one with "nle serve", or name the one that is meant with --server, or its database with --db.`,
    'where was looked, and the ways out',
  )

  const lock = StoreLock.tryAcquire(databasePath, 0)
  t.teardown(() => lock?.release())
  t.match(await findServer(choice, io), { type: 'silent' }, 'but one that lives is named')
  await t.rejects(requireServer(choice, io), {
    code: 'unreachable',
    message: /A server runs \(process 4242\), but http.* does not answer/,
  })
  const { exitCode, stderr, stdout } = await nle(['devices', '--all', '--db', databasePath])
  t.equal(exitCode, 0, 'what is on file is shown all the same')
  t.match(stderr, /process 4242[\s\S]*what is on file/)
  t.match(stdout, '02AA01AC31140KD6')
  t.match(await nle(['pair', 'A3XR7M4', '--db', databasePath]), { exitCode: 3 })
})
