import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { NleError } from '../../../src/errors.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import type { Draft } from '../../../src/protocol/thermostat/draft.ts'
import { examine } from '../../../src/server/doctor/examine.ts'
import type { Finding, Live } from '../../../src/server/doctor/finding.ts'
import { type Machine, thisMachine } from '../../../src/server/doctor/machine.ts'
import { certificateFacts, readTlsPair } from '../../../src/server/http/tls-files.ts'
import { findOrigin } from '../../../src/server/lan/origin.ts'
import { openForReading } from '../../../src/store/open.ts'
import { changeStore } from '../../commands/homes.ts'
import { healthyMachine } from '../../helpers/healthy-machine.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'

const ORIGIN = 'http://192.168.1.5:8000'
const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'tls')

/** A healthy machine on which thermostats find this server, with the changes of a test. */
function machine(changes: Partial<Machine> = {}): Machine {
  return healthyMachine({
    ask: async (url) => (url === `${ORIGIN}/info` ? { server: 'nolongerevil' } : undefined),
    ...changes,
  })
}

/** What a server that is well knows. */
const WELL: Live = {
  startedAtMs: 0,
  trouble: undefined,
  mqtt: { configured: false },
  matter: { on: false },
  announced: { type: 'off' },
  status: async () => undefined,
}

/** Warnings and problems, as `level check`. */
function troubles(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level === 'warning' || level === 'problem')
    .map(({ level, check }) => `${level} ${check}`)
}

interface Seen {
  readonly changes?: Partial<Machine>
  readonly flags?: Readonly<Record<string, string>>
  readonly databasePath?: string
  readonly nowMs?: number
  readonly live?: Partial<Live>
  readonly maxCheckedBytes?: number
}

/** Examines a database, which is there or not; with `live` as its server would. */
async function look(t: Test, seen: Seen = {}): Promise<Finding[]> {
  const { config, remarks } = resolveConfig(seen.flags ?? {}, {})
  const databasePath = seen.databasePath ?? join(t.testdir({}), 'nle.sqlite')
  const nowMs = seen.nowMs ?? START_MS
  const here = machine(seen.changes)
  let store: ReturnType<typeof openForReading> | undefined
  try {
    store = openForReading(databasePath, nowMs)
  } catch {
    // As for a caller of these checks, which is told by one of them.
  }
  try {
    return await examine({
      config,
      remarks,
      databasePath,
      store,
      nowMs,
      steadyMs: nowMs,
      maxCheckedBytes: seen.maxCheckedBytes ?? Number.POSITIVE_INFINITY,
      machine: here,
      origin: findOrigin(config, { port: config.serverPort, scheme: 'http' }, here.lan()),
      live: seen.live === undefined ? undefined : { ...WELL, ...seen.live },
    })
  } finally {
    store?.close()
  }
}

function of(check: string, findings: readonly Finding[]): Finding[] {
  return findings.filter((each) => each.check === check)
}

/** Stores a paired thermostat without a connection, and what else a test wants of it. */
function pairedOnFile(databasePath: string, also?: (draft: Draft) => void) {
  return changeStore(databasePath, (store) =>
    decide(store, SERIAL, (draft) => {
      draft.setDevice(draft.device ?? newDevice(START_MS))
      draft.setOwner({ userId: 'homeassistant', createdAtMs: START_MS })
      also?.(draft)
    }),
  )
}

t.test('warns of a server that lets programs of this machine in without a token', async (t) => {
  const found = await look(t, { flags: { loopbackToken: 'no' } })
  t.strictSame(troubles(found), ['warning token'])
  t.match(of('token', found), [{ message: /LOOPBACK_TOKEN.*reverse proxy/ }])
  t.strictSame(of('token', await look(t)), [])
})

t.test('warns of an unreachable broker; without a broker there is no finding', async (t) => {
  t.strictSame(of('mqtt', await look(t, { live: {} })), [])
  const told = async (mqtt: JsonObject) => {
    const broker = { configured: true, brokerUrl: 'mqtt://nas:1883', ...mqtt }
    return of('mqtt', await look(t, { live: { mqtt: broker } }))
  }
  t.match(await told({ connected: true }), [{ level: 'ok', message: 'connected to mqtt://nas' }])
  t.match(await told({ connected: false, lastError: 'connect ECONNREFUSED' }), [
    { level: 'warning', message: /not connected to mqtt:\/\/nas:1883: connect ECONNREFUSED/ },
  ])
})

t.test('warns when a thermostat has another time of day than the server', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath)
  t.strictSame(of('time zone', await look(t, { databasePath, live: {} })), [])
  const status = async () => ({ time_zone_warning: 'its clock runs in UTC' })
  t.match(of('time zone', await look(t, { databasePath, live: { status } })), [
    { level: 'warning', message: `${SERIAL}: its clock runs in UTC`, mend: /timedatectl.*TZ/ },
  ])
})

t.test('reports the trouble that a server has with its database', async (t) => {
  const told = async (kind: string, reason: string) =>
    (await look(t, { live: { trouble: { kind, reason } } }))[0]
  t.match(await told('full', 'The disk is full.'), {
    check: 'server',
    level: 'problem',
    message: 'The disk is full.',
    mend: /Make room/,
  })
  const damaged = await told('damaged', 'Bring back a backup with "nle restore".')
  t.match(damaged, { level: 'problem', message: /nle restore/ })
  t.equal(damaged?.mend, undefined, 'the reason says what to do')
})

t.test('reports an origin that thermostats cannot reach', async (t) => {
  t.match(of('origin', await look(t, { changes: { lan: () => undefined } })), [
    { level: 'problem', message: /127\.0\.0\.1/, mend: /API_ORIGIN/ },
  ])
  const moved = await look(t, { flags: { apiOrigin: 'http://192.168.1.99:8000' } })
  t.strictSame(troubles(moved), ['warning origin'])
  t.strictSame(troubles(await look(t, { live: {} })), [])
  const silent = await look(t, { live: {}, changes: { ask: async () => undefined } })
  t.strictSame(troubles(silent), ['problem origin'])
})

t.test('E6: tells of mistakes in the origin', async (t) => {
  const typed = await look(t, { flags: { apiOrigin: 'http://192.168.1.5:8000/nest/entry' } })
  t.match(of('origin', typed), [
    { level: 'ok', message: ORIGIN },
    { level: 'note', message: /\/nest\/entry/ },
  ])
  t.match(of('origin', await look(t, { flags: { apiOrigin: 'http://nas.local:8000' } })), [
    { level: 'ok' },
    { level: 'warning', message: /mDNS/, mend: /IP address/ },
  ])
  const found = await look(t, {
    live: {},
    flags: { apiOrigin: 'http://nas.local:8000/nle' },
    changes: { ask: async () => ({ server: 'nolongerevil' }) },
  })
  t.match(of('origin', found), [
    { level: 'ok' },
    { level: 'warning', message: /path \/nle/ },
    { level: 'warning', message: /mDNS/ },
  ])
})

t.test('reports a clock that is wrong or not synchronised', async (t) => {
  t.strictSame(troubles(await look(t, { changes: { clockFollows: async () => false } })), [
    'warning clock',
  ])
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath)
  const back = await look(t, { databasePath, nowMs: START_MS - 3_600_000 })
  t.strictSame(troubles(back), ['problem clock'])
  t.strictSame(troubles(await look(t, { databasePath, nowMs: 0 })), ['problem clock'])
})

t.test('reports a damaged database, a full disk and missing rights', async (t) => {
  const databasePath = join(t.testdir({ 'nle.sqlite': 'no database' }), 'nle.sqlite')
  const damaged = await look(t, { databasePath })
  t.strictSame(troubles(damaged), ['problem database'])
  t.match(of('database', damaged), [{ mend: /nle restore/ }])
  t.notMatch(JSON.stringify(damaged), /[Ss]top the server/)
  const disk = async (changes: Partial<Machine>) => troubles(await look(t, { changes }))
  t.strictSame(await disk({ freeBytes: () => 10 ** 8 }), ['warning disk'])
  t.strictSame(await disk({ freeBytes: () => 10 ** 6 }), ['problem disk'])
  t.strictSame(await disk({ isWritable: () => false }), ['problem disk'])
})

t.test('does not keep thermostats waiting to check a large database', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath)
  t.match(of('database', await look(t, { databasePath, maxCheckedBytes: 1_000 })), [
    { level: 'note', message: /is not checked while it serves/, mend: /nle doctor/ },
  ])
  t.match(of('database', await look(t, { databasePath })), [{ level: 'ok', message: /1 paired/ }])
})

t.test('what cannot be read is a finding, and the rest is checked all the same', async (t) => {
  const home = await startHome(t)
  const { core, origin } = home.server
  const { config, remarks } = resolveConfig({}, {})
  const { databasePath } = home
  const findings = await examine({
    config,
    remarks,
    databasePath,
    nowMs: START_MS,
    steadyMs: START_MS,
    maxCheckedBytes: 0,
    machine: machine(),
    origin,
    live: WELL,
    store: {
      ...core.store,
      thermostats: refuse,
      serials: refuse,
      recentCommands: refuse,
      countPaired: refuse,
    },
  })
  for (const check of ['clock', 'thermostats', 'passwords', 'changes']) {
    t.match(of(check, findings), [{ level: 'problem', message: /cannot be checked.*disk/ }], check)
  }
  t.match(of('disk', findings), [{ level: 'ok' }])
})

async function refuse(): Promise<never> {
  throw new NleError('store', 'The disk reports an error.')
}

t.test(
  'reports a certificate that is missing, without its key, for another name, or expiring',
  async (t) => {
    const certDir = join(t.testdir({}), 'certs')
    mkdirSync(certDir)
    const origin = { apiOrigin: 'https://127.0.0.2:8000', certDir }
    const nowMs = certificateFacts(readTlsPair(join(FIXTURES, 'first')).cert).startsAtMs + 1
    const tls = async (flags: Record<string, string>, at = nowMs) => {
      const databasePath = join(t.testdirName, 'nle.sqlite')
      return of('certificate', await look(t, { flags, databasePath, nowMs: at }))[0]
    }
    t.match(await tls(origin), { level: 'problem', message: /is missing/ })
    copyFileSync(join(FIXTURES, 'first', 'fullchain.pem'), join(certDir, 'fullchain.pem'))
    copyFileSync(join(FIXTURES, 'second', 'privkey.pem'), join(certDir, 'privkey.pem'))
    t.match(await tls(origin), { level: 'problem', message: /not the key/ })
    copyFileSync(join(FIXTURES, 'first', 'privkey.pem'), join(certDir, 'privkey.pem'))
    t.match(await tls(origin), { level: 'problem', message: /not for 127\.0\.0\.2/ })
    const right = { ...origin, apiOrigin: 'https://127.0.0.1:8000' }
    t.match(await tls(right), { level: 'ok' })
    const { expiresAtMs } = certificateFacts(readTlsPair(certDir).cert)
    t.match(await tls(right, expiresAtMs - 7 * 86_400_000), {
      level: 'warning',
      message: /expires on/,
    })
    t.match(await tls(right, expiresAtMs), { level: 'problem', message: /has expired/ })
    t.match(await tls(right, nowMs - 2), { level: 'problem', message: /not valid yet/ })
  },
)

/** What is found of a paired thermostat whose server tells these fields of it. */
async function listedThermostat(
  t: Test,
  uploaded: readonly string[],
  awaitedUploads: readonly string[] = [],
) {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath, (draft) => {
    if (draft.device !== undefined) draft.setDevice({ ...draft.device, awaitedUploads })
    for (const type of uploaded) {
      const objectKey = `${type}.${SERIAL}`
      draft.putBucket({ objectKey, revision: 1, timestamp: 1, value: { a: 1 } }, 'test')
    }
  })
  return (told: Record<string, string | number | boolean>) => {
    const last_seen = new Date(START_MS - 3_600_000).toISOString()
    const status = async () => ({ last_seen, subscription_count: 1, is_available: true, ...told })
    return look(t, { databasePath, live: { status } })
  }
}

t.test('warns of a paired thermostat that has not uploaded both buckets', async (t) => {
  for (const uploaded of [[], ['shared'], ['device']]) {
    const told = await listedThermostat(t, uploaded)
    t.match(
      (await told({})).find(({ level }) => level === 'warning'),
      { message: /has not uploaded its state yet/, mend: /Settings, Reset, Restart/ },
    )
  }
})

t.test('warns of a paired thermostat that has uploaded only a part of a bucket', async (t) => {
  const told = await listedThermostat(t, ['shared', 'device'], [`device.${SERIAL}`])
  t.match(
    (await told({})).find(({ level }) => level === 'warning'),
    { message: /only a part of its state/, mend: /Settings, Reset, Restart/ },
  )
})

t.test('warns of a silent thermostat and of one with too many connections', async (t) => {
  const told = await listedThermostat(t, ['shared', 'device'])
  t.strictSame(troubles(await told({})), [])
  const silent = await told({ is_available: false, subscription_count: 0 })
  t.match(
    silent.find(({ level }) => level === 'warning'),
    { message: /60 min ago/, mend: /battery/ },
  )
  const piled = await told({ subscription_count: 5 })
  t.match(
    piled.find(({ level }) => level === 'warning'),
    { message: /5 connections/ },
  )
})

t.test('warns of changes that are stuck', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath, (draft) =>
    draft.addChange({
      command: 'set_temperature',
      objectKey: `shared.${SERIAL}`,
      fields: { target_temperature: 20 },
      kind: 'setpoint',
      createdAtMs: START_MS - 16 * 60_000,
      expiresAtSteadyMs: START_MS + 60_000,
    }),
  )
  const findings = await look(t, { databasePath })
  t.strictSame(troubles(findings), ['warning change'])
  t.match(findings.find(({ check }) => check === 'change')?.message, /set_temperature .*16 min/)
})

t.test('looks at the real machine', async (t) => {
  const real = thisMachine()
  const folder = t.testdir({})
  writeFileSync(join(folder, 'x'), '')
  t.ok((real.freeBytes(join(folder, 'deep', 'er')) ?? 0) > 0)
  t.equal(real.isWritable(join(folder, 'deep', 'er')), true)
  t.ok(real.ownAddresses().includes('127.0.0.1'))
  const home = await startHome(t)
  t.match(await real.ask(`${home.server.controlUrl}/health`), { server: 'nle' })
  t.equal(await real.ask('http://127.0.0.1:9/'), undefined)
  const port = Number(new URL(home.server.controlUrl).port)
  t.equal(await real.isFree('127.0.0.1', port), false)
})

t.test('offers to pin, and warns of two passwords and of a new code', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  const known = { salt: '00', hash: 'ff', sinceMs: START_MS, otherSeenAtMs: null }
  const passwords = async (flags = {}) => of('passwords', await look(t, { flags, databasePath }))
  await pairedOnFile(databasePath, (draft) => {
    draft.setDevice({ ...newDevice(START_MS), lastSeenAtMs: START_MS + 7 * 86_400_000 })
    draft.setPassword(known)
  })
  t.match(await passwords(), [{ level: 'note', message: /safe to pin/, mend: 'nle pin --all' }])
  t.strictSame(await passwords({ deviceAuth: 'pin' }), [], 'all are pinned')
  await pairedOnFile(databasePath, (draft) => {
    draft.setPassword({ ...known, otherSeenAtMs: START_MS })
    draft.setDevice(newDevice(START_MS))
  })
  t.match(await passwords(), [{ level: 'warning', message: /different passwords/ }])
  await pairedOnFile(databasePath, (draft) => {
    draft.setPassword(known)
    draft.putKey({
      code: 'A3XR7M4',
      serial: SERIAL,
      createdAtMs: START_MS,
      expiresAtSteadyMs: START_MS + 1_000,
      asker: { salt: '01', hash: 'fe' },
      claimedBy: null,
      claimedAtMs: null,
    })
  })
  t.match(await passwords(), [{ level: 'warning', message: /shows a new code/, mend: /nle pair/ }])
})
