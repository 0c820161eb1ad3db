// Kills a broker under load, and later freezes it: measures the server's memory and the thermostats'
// receipts meanwhile.
//
//   node bench/mqtt-outage.ts [seconds of outage, default 600] [thermostats, default 50]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { VirtualThermostat } from '../src/virtual/index.ts'
import { Broker, freePort, PASSWORD, USER } from '../test/server/mqtt/broker.ts'
import { Watcher } from '../test/server/mqtt/watcher.ts'

const outageS = Number(process.argv[2] ?? 600)
const count = Number(process.argv[3] ?? 50)
/** How often each thermostat puts a new reading: hundreds of times as often as a real one. */
const PUT_EVERY_MS = 1_000

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'nle-bench-'))
const broker = await Broker.start(['max_queued_messages 0'])
const [port, controlPort] = [await freePort(), await freePort()]
const server = spawn(
  process.execPath,
  [
    'bin/nle.ts',
    'serve',
    ...['--db', join(folder, 'nle.sqlite'), '--host', '127.0.0.1', '--port', String(port)],
    ...['--control-host', '127.0.0.1', '--control-port', String(controlPort)],
    ...['--mqtt-host', broker.url, '--mqtt-user', USER, '--log-level', 'warn'],
  ],
  { env: { ...process.env, MQTT_PASSWORD: PASSWORD }, stdio: ['ignore', 'pipe', 'inherit'] },
)
await new Promise((resolve) => server.stdout.once('data', resolve))
const control = `http://127.0.0.1:${controlPort}`

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${control}${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
}

function rssMb(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

let receiptMs: number[] = []
const thermostats: VirtualThermostat[] = []
for (let i = 0; i < count; i++) {
  const thermostat = new VirtualThermostat({
    serial: `02AA01AC0000${String(i).padStart(4, '0')}`,
    origin: `http://127.0.0.1:${port}`,
    passphrasePollMs: 100,
    bootSettleMs: 1,
  })
  const putAtMs = new Map<number, number>()
  thermostat.on((entry) => {
    if (entry.kind === 'put') putAtMs.set(entry.requestId, performance.now())
    if (entry.kind !== 'receipt') return
    const at = putAtMs.get(entry.requestId)
    if (at !== undefined) receiptMs.push(performance.now() - at)
    putAtMs.delete(entry.requestId)
  })
  thermostat.start()
  thermostats.push(thermostat)
  await post('/api/register', { code: await thermostat.whenCode(), userId: 'homeassistant' })
  await thermostat.whenPaired()
}
let paused = false
const load = setInterval(() => {
  if (paused) return
  for (const each of thermostats) {
    each.sense({ currentTemperature: Math.round((15 + Math.random() * 10) * 100) / 100 })
  }
}, PUT_EVERY_MS)

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)

async function phase(name: string, seconds: number): Promise<void> {
  receiptMs = []
  const rss: number[] = []
  const endsAtMs = Date.now() + seconds * 1000
  while (Date.now() < endsAtMs) {
    await wait(1000)
    rss.push(rssMb())
  }
  const latencies = receiptMs.toSorted((a, b) => a - b)
  const memory = rss.toSorted((a, b) => a - b)
  print(
    [
      name.padEnd(26),
      `${String(seconds).padStart(4)} s`,
      `${String(latencies.length).padStart(6)} puts`,
      `receipt ms p50 ${at(latencies, 0.5)} p99 ${at(latencies, 0.99)} max ${at(latencies, 1)}`,
      `RSS MB first ${rss[0]?.toFixed(0)} median ${at(memory, 0.5)} max ${at(memory, 1)} last ${rss.at(-1)?.toFixed(0)}`,
    ].join('  '),
  )
}

/** Waits until the broker has the thermostats' values, and prints how long that took. */
async function settled(): Promise<void> {
  const began = performance.now()
  // Values that keep changing are never all up to date at the same instant.
  paused = true
  const watcher = await Watcher.connect(broker, 'nolongerevil/+/ha/current_temperature')
  await watcher.until(({ topics }) =>
    thermostats.every(
      (each) =>
        topics.get(`nolongerevil/${each.serial}/ha/current_temperature`) ===
        String(each.value('shared').current_temperature),
    ),
  )
  print(
    `  the broker has every state ${((performance.now() - began) / 1000).toFixed(2)} s after it came back`,
  )
  await watcher.end()
  paused = false
}

print(`${count} thermostats, each with a put every ${PUT_EVERY_MS} ms`)
await phase('warm-up', 20)
await phase('broker up', Math.min(outageS, 60))
await broker.signal('SIGKILL')
await phase('broker killed', outageS)
await broker.run()
await settled()
await phase('broker up again', Math.min(outageS, 60))
await broker.signal('SIGSTOP')
await phase('broker frozen', Math.min(outageS, 120))
await broker.signal('SIGCONT')
await settled()
await phase('broker thawed', Math.min(outageS, 30))
// By turns, so that other load of the machine affects both alike.
const turns: Record<'up' | 'killed', number[]> = { up: [], killed: [] }
for (let i = 0; i < 6; i++) {
  receiptMs = []
  await wait(8_000)
  turns.up.push(...receiptMs)
  await broker.signal('SIGKILL')
  receiptMs = []
  await wait(8_000)
  turns.killed.push(...receiptMs)
  await broker.run()
  await settled()
}
for (const [name, values] of Object.entries(turns)) {
  const sorted = values.toSorted((a, b) => a - b)
  print(
    `by turns, ${name.padEnd(6)}  ${sorted.length} puts  receipt ms p50 ${at(sorted, 0.5)} p99 ${at(sorted, 0.99)} max ${at(sorted, 1)}`,
  )
}
clearInterval(load)
const status = (await (await fetch(`${control}/api/mqtt-config`)).json()) as Record<string, unknown>
print(
  `messages sent since the last connection: ${status.messagesSent}, waiting: ${status.messagesWaiting}`,
)
for (const each of thermostats) each.stop()
const ended = new Promise((resolve) => server.once('exit', resolve))
server.kill('SIGTERM')
await ended
await broker.stop()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
