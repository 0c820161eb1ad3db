// npm run fuzz -- [--seconds 60] [--seed 1] [--connections 32]: sends malformed requests to both
// listeners of a real server. Exits with 1, and prints the seed, when the server did what it must never.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { sameValue } from '../../src/protocol/bucket.ts'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { createToken } from '../../src/server/control/guards/tokens.ts'
import { systemClock } from '../../src/server/core/clock.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { connect as openDatabase } from '../../src/store/sqlite/connect.ts'
import { TOKEN_SCOPES } from '../../src/store/store.ts'
import { decide, putBucket } from '../helpers/seed-store.ts'
import { Random } from '../simulation/random.ts'
import { Findings, NO_WEATHER, statusesOf, wrongWith } from './findings.ts'
import { Knowledge } from './knowledge.ts'
import { type Mode, modes } from './modes.ts'
import { fuzzedBytes, type ListenerName } from './requests.ts'
import { SERIALS, WITNESS } from './samples.ts'

const ROUND_MS = 20_000
const PATIENCE_MS = 100
/** Long enough for a busy machine; a later answer counts as none. */
const ANSWER_MS = 30_000

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '32' },
  },
})
const seed = Number(values.seed)
const endsAtMs = performance.now() + Number(values.seconds) * 1000
const random = new Random(seed)
const known = new Knowledge()
const findings = new Findings()
const statuses = new Map<string, number>()
const heapMb: number[] = []
const descriptors: number[] = []
let sent = 0

process.on('unhandledRejection', (reason) =>
  findings.add(`unhandled rejection: ${stackOf(reason)}`),
)
process.on('uncaughtException', (error) => findings.add(`uncaught exception: ${stackOf(error)}`))

const delay = monitorEventLoopDelay()
delay.enable()
const folder = mkdtempSync(join(tmpdir(), 'nle-fuzz-'))
const databasePath = join(folder, 'nle.sqlite')
const witnessed = { target_temperature: 20, name: 'Witness' }
const all = modes(folder)
const descriptorsBefore = openDescriptors()
for (let n = 0; performance.now() < endsAtMs; n++) await round(all[n % all.length] ?? all[0], n)
checkDatabase()
rmSync(folder, { recursive: true, force: true })
report()

/** Runs one server in one configuration. */
async function round({ name, config }: Mode, n: number): Promise<void> {
  const roundEndsAtMs = Math.min(endsAtMs, performance.now() + ROUND_MS)
  const server = await startServer({
    config,
    databasePath,
    clock: systemClock(),
    log: {
      ...silentLogger,
      error: (event, fields) => {
        if (event === NO_WEATHER) return
        findings.add(`logged (${name}): ${event} ${fields?.stack ?? fields?.error ?? ''}`)
      },
    },
  })
  if (n === 0) await prepare(server)
  const attack = async (): Promise<void> => {
    while (performance.now() < roundEndsAtMs) await attackOnce(server, name)
  }
  await Promise.all([
    ...Array.from({ length: Number(values.connections) }, attack),
    watchOver(server, roundEndsAtMs),
  ])
  await server.stop()
}

/** Stores a paired thermostat, one whose data must stay unchanged, and tokens. */
async function prepare({ core: { store } }: RunningServer): Promise<void> {
  const nowMs = Date.now()
  const tokens: string[] = ['nle_none', '', 'x'.repeat(4000)]
  for (const serial of [SERIALS[0], WITNESS]) {
    await decide(store, serial, (draft) => {
      draft.setDevice(newDevice(nowMs))
      draft.setOwner({ userId: 'homeassistant', createdAtMs: nowMs })
    })
  }
  const version = { revision: 1, timestamp: nowMs }
  await putBucket(store, WITNESS, `shared.${WITNESS}`, witnessed, version)
  for (const scope of TOKEN_SCOPES) {
    for (const expiresAtMs of [null, nowMs - 1]) {
      const name = `${scope}, ${expiresAtMs === null ? 'good' : 'expired'}`
      const { token } = await createToken(store, { name, scope, expiresAtMs, nowMs })
      tokens.push(token)
    }
  }
  known.tokens = tokens
}

async function attackOnce(server: RunningServer, mode: string): Promise<void> {
  const listener: ListenerName = random.chance(0.5) ? 'device' : 'control'
  const bytes = fuzzedBytes(random, listener, known)
  const answer = await exchange(
    listener === 'device' ? server.localDeviceUrl : server.controlUrl,
    bytes,
  )
  sent++
  known.learnFrom(answer)
  for (const status of statusesOf(answer)) {
    const what = `${listener} ${status}`
    statuses.set(what, (statuses.get(what) ?? 0) + 1)
  }
  for (const wrong of wrongWith(answer)) findings.add(`${wrong} (${listener}, ${mode})`, bytes)
}

function exchange(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    // A held connection, or one whose request is incomplete: closed after a pause, and once the server
    // has answered a later connection.
    const patience = setTimeout(async () => {
      await answered(hostname, Number(port))
      socket.destroy()
      resolve(answer)
    }, PATIENCE_MS)
    socket.setEncoding('latin1')
    socket.on('data', (text) => {
      answer += text
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(patience)
      resolve(answer)
    })
    const cut = random.chance(0.1) ? random.int(bytes.length + 1) : 0
    if (cut > 0) socket.write(bytes.subarray(0, cut))
    socket.write(bytes.subarray(cut))
    const ending = random.int(100)
    if (ending < 10) socket.end()
    // Never both: Node leaks a socket that is reset during its shutdown.
    else if (ending < 12) socket.on('connect', () => socket.resetAndDestroy())
  })
}

/** Resolves when a plain request is answered or its connection closes. */
function answered(host: string, port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.end('GET /info HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
    })
    socket.on('error', () => {}).on('close', () => resolve())
    socket.resume()
  })
}

/** Checks that the server answers other clients meanwhile and keeps the witness unchanged. */
async function watchOver({ controlUrl, core }: RunningServer, untilMs: number): Promise<void> {
  const headers = { 'X-API-Key': known.tokens.at(-2) ?? '' }
  while (performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    for (const path of ['/health', '/api/devices?all=1', '/api/changes']) {
      const stop = AbortSignal.timeout(ANSWER_MS)
      const answer = await fetch(controlUrl + path, { headers, signal: stop }).catch(String)
      const status = typeof answer === 'string' ? answer : answer.status
      if (status !== 200) findings.add(`${path} is answered ${status}`)
      if (typeof answer !== 'string') await answer.json().catch((e) => findings.add(String(e)))
    }
    const { buckets } = await core.store.load(WITNESS)
    const stored = buckets.get(`shared.${WITNESS}`)?.value
    if (!sameValue(stored, witnessed)) findings.add('data of another thermostat was changed')
    descriptors.push(openDescriptors())
    heapMb.push(Math.round(process.memoryUsage().heapUsed / 1e6))
  }
}

/** Checks the database after the server has stopped. */
function checkDatabase(): void {
  const db = openDatabase(databasePath, { readonly: true })
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') findings.add(`integrity_check: ${integrity}`)
  const rows = db
    .prepare<[], { key: string; revision: number; timestamp: number; value: string }>(
      'SELECT object_key AS key, revision, timestamp, value FROM buckets',
    )
    .all()
  for (const { key, revision, timestamp, value } of rows) {
    const counts = [revision, timestamp].every((each) => Number.isSafeInteger(each) && each >= 0)
    if (!counts) findings.add(`an invalid version: ${revision} ${timestamp}`, key)
    if (JSON.stringify(JSON.parse(value)) !== value) findings.add('a value that is not JSON', key)
  }
  db.close()
}

/** 0 where there is no /proc. */
function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function report(): void {
  const write = (line: string): boolean => process.stdout.write(`${line}\n`)
  const counts = [...statuses].sort().map(([what, count]) => `${what}: ${count}`)
  write(`seed ${seed}: ${sent} connections in ${values.seconds} s; ${counts.join(', ')}`)
  const quarter = Math.ceil(heapMb.length / 4)
  const peak = (part: readonly number[]): number => Math.max(0, ...part)
  write(
    `heap peak: first quarter ${peak(heapMb.slice(0, quarter))} MB, last ${peak(heapMb.slice(-quarter))} MB; ` +
      `descriptors: ${peak(descriptors.slice(0, quarter))}, ${peak(descriptors.slice(-quarter))}; ` +
      `${descriptorsBefore} before and ${openDescriptors()} after; ` +
      `longest turn ${(delay.max / 1e6).toFixed(0)} ms`,
  )
  for (const line of findings.lines()) write(line)
  write(findings.count === 0 ? 'nothing found' : `${findings.count} kinds of failure`)
  process.exitCode = findings.count === 0 ? 0 : 1
}
