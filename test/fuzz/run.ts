// npm run fuzz -- [--seconds 60] [--seed 1] [--connections 16]: unkind requests to both listeners of a
// real server. Ends with 1, and says with which seed, when the server did what it must never do.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { resolveConfig } from '../../src/config.ts'
import { sameValue } from '../../src/protocol/bucket.ts'
import { systemClock } from '../../src/server/clock.ts'
import { silentLogger } from '../../src/server/logger.ts'
import { startServer } from '../../src/server/server.ts'
import { Random } from '../simulation/random.ts'
import { fuzzedRequest, SERIALS, WITNESS } from './requests.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '16' },
  },
})
const seed = Number(values.seed)
const endsAtMs = performance.now() + Number(values.seconds) * 1000
const random = new Random(seed)
const failures = new Map<string, { count: number; request: string }>()
const statuses = new Map<string, number>()
let sent = 0

function fail(what: string, request: Buffer | string = ''): void {
  const known = failures.get(what)
  if (known !== undefined) known.count++
  else failures.set(what, { count: 1, request: request.toString('latin1').slice(0, 2000) })
}
process.on('unhandledRejection', (reason) => fail(`unhandled rejection: ${stackOf(reason)}`))
process.on('uncaughtException', (error) => fail(`uncaught exception: ${stackOf(error)}`))

const folder = mkdtempSync(join(tmpdir(), 'nle-fuzz-'))
const { config } = resolveConfig({}, {})
const server = await startServer({
  config: {
    ...config,
    serverHost: '127.0.0.1',
    controlHost: '127.0.0.1',
    serverPort: 0,
    controlPort: 0,
    suspendTimeMaxS: 5,
  },
  databasePath: join(folder, 'nle.sqlite'),
  clock: systemClock(),
  log: {
    ...silentLogger,
    error: (event, fields) => fail(`logged: ${event} ${fields?.stack ?? fields?.error ?? ''}`),
  },
})
const { store } = server.core
const witnessed = { target_temperature: 20, name: 'Witness' }
await store.commit(() => {
  const nowMs = Date.now()
  store.owners.ensureUser('homeassistant', nowMs)
  for (const serial of [SERIALS[0], WITNESS]) {
    store.devices.insert(serial, nowMs)
    store.owners.set(serial, 'homeassistant', nowMs)
  }
  const objectKey = `shared.${WITNESS}`
  store.buckets.put(WITNESS, { objectKey, revision: 1, timestamp: nowMs, value: witnessed })
})

const heapMb: number[] = []
const descriptors: number[] = []
await Promise.all([
  ...Array.from({ length: Number(values.connections) }, () => attack()),
  watchOver(),
])
await server.stop()
rmSync(folder, { recursive: true, force: true })
report()

/** One connection after the other. */
async function attack(): Promise<void> {
  while (performance.now() < endsAtMs) {
    const listener = random.chance(0.5) ? 'device' : 'control'
    const request = fuzzedRequest(random, listener)
    const answer = await exchange(
      listener === 'device' ? server.deviceUrl : server.controlUrl,
      request,
    )
    sent++
    judge(listener, request, answer)
  }
}

function exchange(url: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname)
    // A held connection, or one whose request was never complete.
    const patience = setTimeout(() => {
      socket.destroy()
      resolve(answer)
    }, 150)
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
    // Never both: Node leaks a socket that is reset while it is being shut down.
    else if (ending < 12) socket.on('connect', () => socket.resetAndDestroy())
  })
}

function judge(listener: string, request: Buffer, answer: string): void {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none'
  statuses.set(`${listener} ${status}`, (statuses.get(`${listener} ${status}`) ?? 0) + 1)
  if (Number(status) >= 500) fail(`status ${status} on ${listener}`, request)
  if (/\bat .*\.ts:\d+|node_modules|node:internal/.test(answer)) fail('a stack trace', request)
  const body = answer.split('\r\n\r\n').slice(1).join('\r\n\r\n')
  // HEAD has none; and what was cut off cannot be judged.
  const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? Number.NaN)
  if (Number(status) < 400 || body.length !== length || length === 0) return
  try {
    const { error, message } = JSON.parse(body)
    if (typeof (error ?? message) !== 'string') fail('a refusal without words', request)
  } catch {
    fail('a refusal that is no JSON', request)
  }
}

/** The server has to answer others meanwhile, and to keep what is not the fuzzer's. */
async function watchOver(): Promise<void> {
  while (performance.now() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const startedAtMs = performance.now()
    const health = await fetch(`${server.controlUrl}/health`).catch(() => undefined)
    if (health?.status !== 200) fail('the control API does not answer')
    if (performance.now() - startedAtMs > 2000) fail('the control API took more than 2 s')
    const stored = store.buckets.get(WITNESS, `shared.${WITNESS}`)?.value
    if (!sameValue(stored, witnessed)) fail('data of another thermostat was changed')
    descriptors.push(openDescriptors())
    heapMb.push(Math.round(process.memoryUsage().heapUsed / 1e6))
  }
}

/** 0 where the system does not tell. */
function openDescriptors(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function report(): void {
  const write = (line: string): boolean => process.stdout.write(`${line}\n`)
  const counts = [...statuses].sort().map(([what, count]) => `${what}: ${count}`)
  write(`seed ${seed}: ${sent} requests in ${values.seconds} s; ${counts.join(', ')}`)
  const quarter = Math.ceil(heapMb.length / 4)
  const peak = (part: readonly number[]): number => Math.max(0, ...part)
  write(
    `heap peak: first quarter ${peak(heapMb.slice(0, quarter))} MB, last ${peak(heapMb.slice(-quarter))} MB; ` +
      `descriptors: ${peak(descriptors.slice(0, quarter))}, ${peak(descriptors.slice(-quarter))}`,
  )
  for (const [what, { count, request }] of failures) {
    write(`\nFOUND (${count} times): ${what}\n${JSON.stringify(request)}`)
  }
  write(failures.size === 0 ? 'nothing found' : `${failures.size} kinds of failure`)
  process.exitCode = failures.size === 0 ? 0 : 1
}
