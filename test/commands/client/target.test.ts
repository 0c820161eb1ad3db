import { chmodSync, copyFileSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { databaseMeant, findTarget } from '../../../src/commands/client/target.ts'
import { sudoCallersDatabase } from '../../../src/commands/options/sudo-caller.ts'
import { startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { closedPort, quietDatabase } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'

const { io } = memoryIo({ nowMs: START_MS })
const url = `http://127.0.0.1:${await closedPort()}`
const NOWHERE = {
  url,
  socketPath: '/nonexistent/nle.sock',
  databasePath: '/nonexistent/nle.sqlite',
}

function unnamed(databasePath: string) {
  return { url: undefined, databasePath, databaseNamed: false }
}

t.test('the running service is meant, whatever the user has left at home', async (t) => {
  const home = await startHome(t)
  const { socketPath = '', controlUrl } = home.server
  const left = await quietDatabase(t, 'A3XR7M4')
  const usual = { url, socketPath, databasePath: home.databasePath }
  const target = await findTarget(unnamed(left), io, usual)
  t.match(target, { type: 'server', databasePath: home.databasePath, others: undefined })
  t.match(target, { client: { url: controlUrl } })
  const named = await findTarget({ ...unnamed(left), databaseNamed: true }, io, usual)
  t.match(named, { type: 'database', path: left, why: `No server runs on ${left}` })
})

t.test('of two running servers the default one is meant, and the other one named', async (t) => {
  const [own, service] = [await startHome(t), await startHome(t)]
  const { socketPath = '' } = service.server
  const usual = { url, socketPath, databasePath: service.databasePath }
  const target = await findTarget(unnamed(own.databasePath), io, usual)
  t.match(target, { type: 'server', databasePath: own.databasePath })
  t.match(target, { others: new RegExp(`--db ${service.databasePath}`) })
})

t.test('without a server the only database is meant; of several one has to be named', async (t) => {
  const own = await quietDatabase(t, 'A3XR7M4')
  const service = join(t.testdirName, 'service', 'nle.sqlite')
  const usual = { ...NOWHERE, databasePath: service }
  const meant = (path: string) => databaseMeant(unnamed(path), io, usual)
  t.equal(meant(own), own)
  const target = await findTarget(unnamed(own), io, usual)
  t.match(target, {
    type: 'database',
    path: own,
    why: `No server runs on this machine; working on ${own}.`,
  })
  mkdirSync(join(service, '..'))
  t.equal(meant(own), own, 'an empty folder of the service is no database')
  renameSync(own, service)
  t.equal(meant(own), service)
  t.equal(meant('/nonexistent/none'), service)
  t.equal(databaseMeant({ ...unnamed(own), databaseNamed: true }, io, usual), own)
})

t.test('several databases and no server: a command stops and names them', async (t) => {
  const own = await quietDatabase(t, 'A3XR7M4')
  const service = join(t.testdirName, 'service.sqlite')
  const usual = { ...NOWHERE, databasePath: service }
  copyFileSync(own, service)
  await t.rejects(findTarget(unnamed(own), io, usual), {
    code: 'invalid',
    message: `there are 2 databases: ${own}, ${service} (of the system service). Name the one that is meant with --db`,
  })
})

const skip = process.geteuid?.() === 0 ? 'root may look everywhere' : false

t.test('a folder that only root may look into may hold a database', { skip }, async (t) => {
  const folder = join(t.testdir({ closed: {} }), 'closed')
  chmodSync(folder, 0)
  t.teardown(() => chmodSync(folder, 0o700))
  const usual = { ...NOWHERE, databasePath: join(folder, 'nle.sqlite') }
  t.throws(() => databaseMeant(unnamed('/nonexistent/x'), io, usual), {
    code: 'forbidden',
    message: /Use sudo/,
  })
})

t.test('with sudo the database of the caller is known', async (t) => {
  const passwd = () => 'root:x:0:0::/root:/bin/sh\nanna:x:1000:1000:Anna:/home/anna:/bin/sh\n'
  const machine = { isRoot: true, passwd }
  const of = (uid: string, users = machine) => sudoCallersDatabase({ SUDO_UID: uid }, users)
  t.equal(of('1000'), '/home/anna/.local/share/nle/nle.sqlite')
  t.equal(of('0'), undefined)
  t.equal(of('1001'), undefined)
  t.equal(of('1000', { isRoot: false, passwd }), undefined, 'anybody can set a variable')
  t.equal(sudoCallersDatabase({}, machine), undefined)
})
