import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ServerClient } from '../../../src/commands/client/client.ts'
import type { Target } from '../../../src/commands/client/target.ts'
import { checkAll } from '../../../src/commands/doctor/check-all.ts'
import { findingLines } from '../../../src/commands/verbs/doctor.ts'
import { resolveConfig } from '../../../src/config.ts'
import { NleError } from '../../../src/errors.ts'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { type Finding, worst } from '../../../src/server/doctor/finding.ts'
import { type Machine, thisMachine } from '../../../src/server/doctor/machine.ts'
import { healthyMachine } from '../../helpers/healthy-machine.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { decide, meet } from '../../helpers/seed-store.ts'
import { changeStore, quietDatabase } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'
import { nle } from '../shell.ts'

const ORIGIN = 'http://192.168.1.5:8000'

/** Warnings and problems, as `level check`. */
function troubles(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level === 'warning' || level === 'problem')
    .map(({ level, check }) => `${level} ${check}`)
}

function of(check: string, findings: readonly Finding[]): Finding[] {
  return findings.filter((each) => each.check === check)
}

interface Seen {
  readonly changes?: Partial<Machine>
  readonly flags?: Readonly<Record<string, string>>
  readonly usualDatabases?: readonly string[]
}

async function checked(target: Target | NleError, seen: Seen = {}): Promise<Finding[]> {
  const { config, remarks } = resolveConfig(seen.flags ?? {}, {})
  return checkAll(target, {
    config,
    remarks,
    nowMs: START_MS,
    machine: healthyMachine(seen.changes),
    usualDatabases: seen.usualDatabases ?? [],
  })
}

/** Looks at a machine on which no server runs. */
function look(t: Test, seen: Seen = {}, databasePath?: string): Promise<Finding[]> {
  const path = databasePath ?? join(t.testdir({}), 'nle.sqlite')
  return checked({ type: 'database', path, why: '' }, seen)
}

/** A running server as a target: by its socket, or by its port with a token. */
function targetOf(home: Home, by: 'socket' | 'port' = 'socket', token?: string): Target {
  const { controlUrl: url, socketPath = '' } = home.server
  const { io } = memoryIo(token === undefined ? {} : { env: { NLE_TOKEN: token } })
  const address = by === 'socket' ? { url, socketPath } : { url }
  const client = new ServerClient(address, io)
  const { databasePath } = home
  return { type: 'server', client, databasePath, trouble: undefined, others: undefined }
}

t.test('finds no problem before the first start', async (t) => {
  const findings = await look(t)
  t.strictSame(troubles(findings), [])
  t.equal(worst(findings), 'note')
  t.match(findings, [
    { check: 'server', level: 'note', message: 'none runs' },
    { check: 'port', level: 'ok', message: /8000/ },
    { check: 'port', level: 'ok', message: /8082/ },
    { check: 'origin', level: 'ok', message: new RegExp(ORIGIN) },
    { check: 'clock', level: 'ok' },
    { check: 'database', level: 'note' },
    { check: 'disk', level: 'ok' },
  ])
})

t.test('a running server examines itself, and this machine adds its clock', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const findings = await checked(targetOf(home), { changes: { clockFollows: async () => false } })
  t.match(findings[0], { check: 'server', level: 'ok', message: home.server.controlUrl })
  t.match(of('origin', findings)[0], { level: 'problem', message: /127\.0\.0\.1/ })
  t.match(of('thermostat', findings), [{ level: 'ok', message: new RegExp(SERIAL) }])
  t.match(of('clock', findings), [{ level: 'warning' }], 'once, by this machine')
  t.match(of('database', findings), [{ level: 'ok', message: /1 thermostat, 1 paired/ }])
  t.strictSame(of('port', findings), [], 'its own ports are not taken by somebody else')
})

t.test('only the owner has a server examined: by its socket, or with an admin token', async (t) => {
  const home = await startHome(t)
  const refused = await checked(targetOf(home, 'port'))
  t.match(refused[0], {
    level: 'warning',
    message: /answers .* only its owner/,
    mend: /sudo.*NLE_TOKEN/,
  })
  t.match(of('database', refused), [{ level: 'ok' }], 'what this user can see is checked')
  const wanted = { name: 'x', expiresAtMs: null, nowMs: home.clock.now().wallMs } as const
  const { store } = home.server.core
  const admin = await createToken(store, { ...wanted, scope: 'admin' })
  const read = await createToken(store, { ...wanted, name: 'y', scope: 'read' })
  t.match((await checked(targetOf(home, 'port', read.token)))[0], { level: 'warning' })
  t.match((await checked(targetOf(home, 'port', admin.token)))[0], { level: 'ok' })
})

t.test('a server of an older version is told apart from one in trouble', async (t) => {
  const older = createServer((_, response) => {
    response.writeHead(404).end('{"message":"There is nothing at /api/doctor."}')
  })
  await new Promise<void>((resolve) => older.listen(0, '127.0.0.1', resolve))
  t.teardown(() => older.close())
  const url = `http://127.0.0.1:${(older.address() as AddressInfo).port}`
  const client = new ServerClient({ url }, memoryIo().io)
  const target = { type: 'server', client, databasePath: undefined } as const
  t.match(await checked({ ...target, trouble: undefined, others: undefined }), [
    { level: 'warning', message: /older version.*up to date/ },
  ])
})

t.test('names a database that the server does not use', async (t) => {
  const home = await startHome(t)
  const left = await quietDatabase(t, 'A3XR7M4')
  const usualDatabases = [left, home.databasePath, '/nonexistent/nle.sqlite']
  const found = of('unused', await checked(targetOf(home), { usualDatabases }))
  t.match(found, [
    {
      level: 'note',
      message: left,
      mend: `"nle restore ${left} --db ${home.databasePath}" puts it`,
    },
  ])
  t.equal(found.length, 1)
})

t.test('a server that does not answer is a problem, and its file is checked', async (t) => {
  const path = await quietDatabase(t, 'A3XR7M4')
  const silent = new NleError('unreachable', 'A server runs (process 4), but does not answer.')
  const findings = await checked({ type: 'database', path, why: '', silent })
  t.match(findings[0], { check: 'server', level: 'problem', message: /process 4/ })
  t.match(of('database', findings), [{ level: 'ok' }])
  t.strictSame(of('port', findings), [])
})

t.test('several databases and no server: says so, and how to name one', async (t) => {
  const several = new NleError('invalid', 'There are 2 databases: a, b. Name one with --db.')
  const findings = await checked(several)
  t.match(findings[0], { level: 'problem', message: /Name one with --db/ })
  t.equal(of('port', findings).length, 2)
})

t.test('the verb asks the running server, and refuses a mistyped command line', async (t) => {
  const home = await startHome(t)
  const { stdout, exitCode, stderr } = await nle([
    'doctor',
    '--db',
    home.databasePath,
    '--port',
    '1',
  ])
  t.equal(exitCode, 21, 'a server that only this machine reaches is of no use to thermostats')
  t.match(stdout, `it answers at ${home.server.controlUrl}`)
  t.match(stderr, /those given here do not count/)
  t.equal((await nle(['doctor', '--db', 'x', '--server', 'y'])).exitCode, 2)
})

t.test('a stopped server is a problem only once a thermostat is paired', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await changeStore(databasePath, (store) => meet(store, SERIAL, START_MS))
  t.strictSame(troubles(await look(t, {}, databasePath)), [], 'it was never paired')
  await changeStore(databasePath, (store) =>
    decide(store, SERIAL, (draft) =>
      draft.setOwner({ userId: 'homeassistant', createdAtMs: START_MS }),
    ),
  )
  const [finding] = await look(t, {}, databasePath)
  t.match(finding, { check: 'server', level: 'problem', message: /none runs/, mend: /nle serve/ })
})

t.test('reports a taken port and the program that has it', async (t) => {
  const other = createServer((_request, response) => response.end('<html>'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const { isFree, ask } = thisMachine()
  const flags = { serverHost: '127.0.0.1', serverPort: String(port), controlPort: '0' }
  const [finding] = of('port', await look(t, { changes: { isFree, ask }, flags }))
  t.match(finding, { level: 'problem', message: /taken by another program/, mend: /SERVER_PORT/ })
  const taken = async (answer: object) => {
    const changes = { isFree: async () => false, ask: async () => ({ ...answer }) }
    return of('port', await look(t, { changes }))
  }
  t.match(await taken({ server: 'nolongerevil' }), [{ message: /the existing one/ }, {}])
  const own = await taken({ server: 'nle' })
  t.match(own[1], { message: /another nle server/, mend: /nle doctor --server http.*8082/ })
  t.notMatch(JSON.stringify(own), /[Ss]top/, 'nobody is told to stop their own server')
})

t.test('prints a line per finding, and below it how to mend it', async (t) => {
  const { io } = memoryIo()
  const findings: Finding[] = [
    { check: 'clock', level: 'ok', message: 'fine' },
    { check: 'disk', level: 'problem', message: 'full\u001b[2J', mend: 'Make room.' },
  ]
  t.strictSame(findingLines(findings, io), [
    'ok       clock  fine',
    'problem  disk   full?[2J',
    '                Make room.',
  ])
})
