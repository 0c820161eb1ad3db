import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { examine } from '../../../src/commands/doctor/checks.ts'
import { type Finding, worst } from '../../../src/commands/doctor/finding.ts'
import { type DoctorWorld, systemWorld } from '../../../src/commands/doctor/world.ts'
import { findingLines } from '../../../src/commands/verbs/doctor.ts'
import { type Config, resolveConfig } from '../../../src/config.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import type { Draft } from '../../../src/protocol/thermostat/draft.ts'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { certificateFacts, readTlsPair } from '../../../src/server/http/tls-files.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { decide, meet } from '../../helpers/seed-store.ts'
import { changeStore } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'

const ORIGIN = 'http://192.168.1.5:8000'
const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'tls')

/** A healthy machine, with the changes of a test. */
function world(changes: Partial<DoctorWorld> = {}): DoctorWorld {
  return {
    isFree: async () => true,
    ask: async () => undefined,
    lan: () => ({ address: '192.168.1.5', interfaceName: 'eth0' }),
    ownAddresses: () => ['127.0.0.1', '192.168.1.5'],
    hasIpv6: () => true,
    hearsMulticast: async () => true,
    clockFollows: async () => true,
    freeBytes: () => 10 ** 10,
    isWritable: () => true,
    ...changes,
  }
}

function settingsOf(flags: Record<string, string> = {}) {
  const { config, remarks } = resolveConfig(flags, {})
  return { config, remarks }
}

/** Warnings and problems, as `level check`. */
function troubles(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level === 'warning' || level === 'problem')
    .map(({ level, check }) => `${level} ${check}`)
}

async function look(
  t: Test,
  changes: Partial<DoctorWorld> = {},
  flags = {},
  databasePath?: string,
) {
  return examine({
    ...settingsOf(flags),
    databasePath: databasePath ?? join(t.testdir({}), 'nle.sqlite'),
    nowMs: START_MS,
    world: world(changes),
  })
}

/** A running server with a paired thermostat; its origin is a LAN address that leads to loopback here. */
async function running(t: Test, config: Partial<Config> = {}) {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN, ...config } })
  const { databasePath } = home
  const port = await home.ask('GET', '/api/config')
  t.equal(port.body.api_origin, ORIGIN)
  const ask: DoctorWorld['ask'] = (url, way) =>
    url === `${ORIGIN}/info`
      ? Promise.resolve({ server: 'nolongerevil' })
      : systemWorld().ask(url, way)
  const findings = (changes: Partial<DoctorWorld> = {}, afterMs = 0, token?: string) =>
    examine({
      token,
      ...settingsOf(),
      databasePath,
      nowMs: START_MS + afterMs,
      world: world({ ask, ...changes }),
    })
  return { home, findings, databasePath }
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

t.test('finds no problem with a running server', async (t) => {
  const { findings, home } = await running(t)
  const seen = await findings()
  t.strictSame(troubles(seen), [])
  t.match(seen[0], { check: 'server', message: new RegExp(home.server.controlUrl) })
})

t.test('a server with tokens is asked by its socket, or with NLE_TOKEN', async (t) => {
  const { findings, home } = await running(t)
  const nowMs = home.clock.now().wallMs
  const wanted = { name: 'x', scope: 'read', expiresAtMs: null, nowMs } as const
  const { token } = await createToken(home.server.core.store, wanted)
  t.strictSame(troubles(await findings()), [], 'by its socket')
  const byPort: DoctorWorld['ask'] = (url, way) =>
    url === `${ORIGIN}/info`
      ? Promise.resolve({ server: 'nolongerevil' })
      : systemWorld().ask(url, { ...way, socketPath: undefined })
  t.match((await findings({ ask: byPort }))[0], {
    level: 'warning',
    message: /answers .*wants a token/,
    mend: /root.*NLE_TOKEN/,
  })
  t.strictSame(troubles(await findings({ ask: byPort }, 0, token)), [])
})

t.test('warns of a server that lets programs of this machine in without a token', async (t) => {
  t.strictSame(troubles(await look(t, {}, { loopbackToken: 'no' })), ['warning token'])
  const { findings, home } = await running(t, { loopbackToken: false })
  const nowMs = home.clock.now().wallMs
  t.strictSame(troubles(await findings()), [], 'everybody may, while there is no token')
  const wanted = { name: 'x', scope: 'read', expiresAtMs: null, nowMs } as const
  await createToken(home.server.core.store, wanted)
  const found = (await findings()).find(({ check }) => check === 'token')
  t.match(found, { level: 'warning', message: /LOOPBACK_TOKEN.*reverse proxy/ })
})

t.test('warns of an unreachable broker; without a broker there is no finding', async (t) => {
  const { findings, home } = await running(t)
  t.notOk((await findings()).some(({ check }) => check === 'mqtt'))
  const told = async (mqtt: object) => {
    const ask: DoctorWorld['ask'] = (url) =>
      url === `${home.server.controlUrl}/api/mqtt-config`
        ? Promise.resolve({ configured: true, brokerUrl: 'mqtt://nas:1883', ...mqtt })
        : systemWorld().ask(url.replace(ORIGIN, home.server.localDeviceUrl))
    return (await findings({ ask })).filter(({ check }) => check === 'mqtt')
  }
  t.match(await told({ connected: true }), [{ level: 'ok', message: 'connected to mqtt://nas' }])
  t.match(await told({ connected: false, lastError: 'connect ECONNREFUSED' }), [
    { level: 'warning', message: /not connected to mqtt:\/\/nas:1883: connect ECONNREFUSED/ },
  ])
})

t.test('warns when a thermostat has another time of day than the server', async (t) => {
  const { findings, home } = await running(t)
  await decide(home.server.core.store, SERIAL, (draft) => {
    draft.setDevice(newDevice(START_MS))
    draft.setOwner({ userId: 'homeassistant', createdAtMs: START_MS })
  })
  const of = (seen: readonly Finding[]) => seen.filter(({ check }) => check === 'time zone')
  t.strictSame(of(await findings()), [])
  const ask: DoctorWorld['ask'] = async (url) => {
    if (url === `${ORIGIN}/info`) return { server: 'nolongerevil' }
    const answer = await systemWorld().ask(url)
    if (!url.includes('/api/devices')) return answer
    return { devices: [{ serial: SERIAL, time_zone_warning: 'its clock runs in UTC' }] }
  }
  t.match(of(await findings({ ask })), [
    { level: 'warning', message: `${SERIAL}: its clock runs in UTC`, mend: /timedatectl.*TZ/ },
  ])
})

t.test('a stopped server is a problem only once a thermostat is paired', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await changeStore(databasePath, (store) => meet(store, SERIAL, START_MS))
  t.strictSame(troubles(await look(t, {}, {}, databasePath)), [], 'it was never paired')
  await pairedOnFile(databasePath)
  const [finding] = await look(t, {}, {}, databasePath)
  t.match(finding, { check: 'server', level: 'problem', message: /none runs/, mend: /nle serve/ })
})

t.test('reports the trouble that a running server has with its database', async (t) => {
  const { findings } = await running(t)
  const told = async (trouble: string, reason: string) => {
    const health = { status: 'degraded', trouble, reason }
    const ask: DoctorWorld['ask'] = async (url) =>
      url.endsWith('/health')
        ? health
        : url.endsWith('/info')
          ? { server: 'nolongerevil' }
          : systemWorld().ask(url)
    return (await findings({ ask }))[0]
  }
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

t.test('reports a taken port and the program that has it', async (t) => {
  const other = createServer((_request, response) => response.end('<html>'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const { isFree, ask } = systemWorld()
  const flags = { serverHost: '127.0.0.1', serverPort: String(port), controlPort: '0' }
  const finding = (await look(t, { isFree, ask }, flags)).find(({ check }) => check === 'port')
  t.match(finding, { level: 'problem', message: /taken by another program/, mend: /SERVER_PORT/ })
  const theirs = async () => ({ server: 'nolongerevil' })
  const taken = await look(t, { isFree: async () => false, ask: theirs })
  t.match(
    taken.find(({ check }) => check === 'port'),
    { message: /the existing one, perhaps/ },
  )
})

t.test('reports an origin that thermostats cannot reach', async (t) => {
  t.match(
    (await look(t, { lan: () => undefined })).find(({ check }) => check === 'origin'),
    {
      level: 'problem',
      message: /127\.0\.0\.1/,
      mend: /API_ORIGIN/,
    },
  )
  const moved = await look(t, {}, { apiOrigin: 'http://192.168.1.99:8000' })
  t.strictSame(troubles(moved), ['warning origin'])
  const { findings } = await running(t)
  const silent = await findings({
    ask: async (url) => (url.endsWith('/info') ? undefined : systemWorld().ask(url)),
  })
  t.strictSame(troubles(silent), ['problem origin'])
})

t.test(
  'E6: tells of mistakes in the origin, here and in what a running server tells',
  async (t) => {
    const typed = await look(t, {}, { apiOrigin: 'http://192.168.1.5:8000/nest/entry' })
    t.match(
      typed.filter(({ check }) => check === 'origin'),
      [
        { level: 'ok', message: ORIGIN },
        { level: 'note', message: /\/nest\/entry/ },
      ],
    )
    t.match(await look(t, {}, { apiOrigin: 'http://nas.local:8000' }), [
      {},
      {},
      {},
      { level: 'ok' },
      { check: 'origin', level: 'warning', message: /mDNS/, mend: /IP address/ },
    ])
    const home = await startHome(t, { config: { apiOrigin: 'http://nas.local:8000/nle' } })
    const ask: DoctorWorld['ask'] = (url) =>
      url.startsWith('http://nas.local:8000/nle/')
        ? Promise.resolve({ server: 'nolongerevil' })
        : systemWorld().ask(url)
    const found = await look(t, { ask }, {}, home.databasePath)
    t.match(
      found.filter(({ check }) => check === 'origin'),
      [
        { level: 'ok' },
        { level: 'warning', message: /path \/nle/ },
        { level: 'warning', message: /mDNS/ },
      ],
    )
  },
)

t.test('reports a clock that is wrong or not synchronised', async (t) => {
  t.strictSame(troubles(await look(t, { clockFollows: async () => false })), ['warning clock'])
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  await pairedOnFile(databasePath)
  const back = await examine({
    ...settingsOf(),
    databasePath,
    nowMs: START_MS - 3_600_000,
    world: world(),
  })
  t.strictSame(troubles(back), ['problem server', 'problem clock'])
  const zero = await examine({ ...settingsOf(), databasePath, nowMs: 0, world: world() })
  t.strictSame(troubles(zero), ['problem server', 'problem clock'])
})

t.test('reports a damaged database, a full disk and missing rights', async (t) => {
  const databasePath = join(t.testdir({ 'nle.sqlite': 'no database' }), 'nle.sqlite')
  const damaged = await look(t, {}, {}, databasePath)
  t.strictSame(troubles(damaged), ['problem database'])
  t.match(damaged.find(({ level }) => level === 'problem')?.mend, /nle restore/)
  t.strictSame(troubles(await look(t, { freeBytes: () => 10 ** 8 })), ['warning disk'])
  t.strictSame(troubles(await look(t, { freeBytes: () => 10 ** 6 })), ['problem disk'])
  t.strictSame(troubles(await look(t, { isWritable: () => false })), ['problem disk'])
})

t.test(
  'reports a certificate that is missing, without its key, for another name, or expiring',
  async (t) => {
    const certDir = join(t.testdir({}), 'certs')
    mkdirSync(certDir)
    const origin = { apiOrigin: 'https://127.0.0.2:8000', certDir }
    const nowMs = certificateFacts(readTlsPair(join(FIXTURES, 'first')).cert).startsAtMs + 1
    const tls = async (flags: Record<string, string>, at = nowMs) => {
      const settings = settingsOf(flags)
      const databasePath = join(t.testdirName, 'nle.sqlite')
      const found = await examine({ ...settings, databasePath, nowMs: at, world: world() })
      return found.find(({ check }) => check === 'certificate')
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

/** What doctor tells of a paired thermostat that a running server lists with these fields. */
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
  const server = { pid: 1, deviceUrl: ORIGIN, controlUrl: 'http://c', startedAtMs: START_MS }
  await changeStore(databasePath, (store) => store.setServer(server))
  const lock = StoreLock.tryAcquire(databasePath, 0)
  t.teardown(() => lock?.release())
  const told = async (device: Record<string, string | number | boolean>) => {
    const last_seen = new Date(START_MS - 3_600_000).toISOString()
    const devices = [
      { serial: SERIAL, last_seen, subscription_count: 1, is_available: true, ...device },
    ]
    const ask = async (url: string) =>
      url.endsWith('/info') ? { server: 'nolongerevil' } : { devices }
    return look(t, { ask }, {}, databasePath)
  }
  return { told, databasePath }
}

t.test('warns of a paired thermostat that has not uploaded both buckets', async (t) => {
  for (const uploaded of [[], ['shared'], ['device']]) {
    const { told } = await listedThermostat(t, uploaded)
    t.match(
      (await told({})).find(({ level }) => level === 'warning'),
      { message: /has not uploaded its state yet/, mend: /Settings, Reset, Restart/ },
    )
  }
})

t.test('warns of a paired thermostat that has uploaded only a part of a bucket', async (t) => {
  const { told } = await listedThermostat(t, ['shared', 'device'], [`device.${SERIAL}`])
  t.match(
    (await told({})).find(({ level }) => level === 'warning'),
    { message: /only a part of its state/, mend: /Settings, Reset, Restart/ },
  )
})

t.test('warns of a silent thermostat and of one with too many connections', async (t) => {
  const { told, databasePath } = await listedThermostat(t, ['shared', 'device'])
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
  const dead = await look(t, {}, {}, databasePath)
  t.match(dead[0], { check: 'server', level: 'problem', message: /does not answer/ })
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
  const findings = await look(t, {}, {}, databasePath)
  t.strictSame(troubles(findings), ['problem server', 'warning change'])
  t.match(findings.find(({ check }) => check === 'change')?.message, /set_temperature .*16 min/)
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

t.test('looks at the real machine', async (t) => {
  const real = systemWorld()
  const folder = t.testdir({})
  writeFileSync(join(folder, 'x'), '')
  t.ok((real.freeBytes(join(folder, 'deep', 'er')) ?? 0) > 0)
  t.equal(real.isWritable(join(folder, 'deep', 'er')), true)
  t.ok(real.ownAddresses().includes('127.0.0.1'))
  const { home } = await running(t)
  t.match(await real.ask(`${home.server.controlUrl}/health`), { server: 'nle' })
  t.equal(await real.ask('http://127.0.0.1:9/'), undefined)
  const port = Number(new URL(home.server.controlUrl).port)
  t.equal(await real.isFree('127.0.0.1', port), false)
})

t.test('offers to pin, and warns of two passwords and of a new code', async (t) => {
  const databasePath = join(t.testdir({}), 'nle.sqlite')
  const known = { salt: '00', hash: 'ff', sinceMs: START_MS, otherSeenAtMs: null }
  const passwords = async (flags = {}) =>
    (await look(t, {}, flags, databasePath)).filter(({ check }) => check === 'passwords')
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
