import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SERVICE_DATABASE } from '../../src/store/path.ts'
import { SERVICE_SOCKET, socketOfServer, socketsOfDatabase } from '../../src/store/socket-path.ts'

t.test('the socket is beside the database, by whatever name that is called', async (t) => {
  const folder = realpathSync(t.testdir({ 'nle.sqlite': '' }))
  const path = join(folder, 'nle.sqlite')
  symlinkSync(path, join(folder, 'other.sqlite'))
  for (const name of ['nle.sqlite', 'other.sqlite']) {
    t.equal(socketOfServer(join(folder, name), {}), `${path}.sock`)
    t.same(socketsOfDatabase(join(folder, name)), [`${path}.sock`])
  }
  t.equal(socketOfServer(':memory:', {}), undefined)
})

t.test('the database of a service has it in the folder that systemd names', async (t) => {
  const env = { STATE_DIRECTORY: '/var/lib/nle', RUNTIME_DIRECTORY: '/run/nle:/run/other' }
  t.equal(socketOfServer(SERVICE_DATABASE, env), SERVICE_SOCKET)
  t.equal(socketsOfDatabase(SERVICE_DATABASE)[0], SERVICE_SOCKET)
  t.equal(socketOfServer('/srv/x.sqlite', env), '/srv/x.sqlite.sock', 'another database has not')
})

t.test('a database that is not made yet has the socket where it will be', async (t) => {
  const folder = realpathSync(t.testdir())
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  const before = socketOfServer(join(folder, 'link', 'nle.sqlite'), {})
  writeFileSync(join(folder, 'link', 'nle.sqlite'), '')
  t.equal(before, socketOfServer(join(folder, 'link', 'nle.sqlite'), {}))
})
