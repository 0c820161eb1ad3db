// npm run month -- [days] [seed]: simulates a household with five thermostats and prints the size of the
// server at the end of each day. Exits with 1 when something grew. The default is more than a month,
// because ended changes are kept for one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Day, Month } from './month.ts'
import { grownInMemory, grownOnDisk } from './verdict.ts'

const [days = '40', seed = '1'] = process.argv.slice(2)
const THERMOSTATS = 5
const write = (line: string): boolean => process.stdout.write(`${line}\n`)

const COLUMNS: Readonly<Record<string, (day: Day) => string | number>> = {
  'heap MB': ({ heapMb }) => heapMb.toFixed(1),
  'resident MB': ({ rssMb }) => rssMb.toFixed(0),
  descriptors: ({ descriptors }) => descriptors,
  timers: ({ timers }) => timers,
  held: ({ held }) => held,
  'database KB': ({ fileMb }) => (fileMb * 1000).toFixed(0),
  'free KB': ({ freeMb }) => (freeMb * 1000).toFixed(0),
  'log MB': ({ logMb }) => logMb.toFixed(1),
  devices: ({ rows }) => rows.devices ?? 0,
  buckets: ({ rows }) => rows.buckets ?? 0,
  codes: ({ rows }) => rows.entry_keys ?? 0,
  changes: ({ rows }) => rows.changes ?? 0,
  commands: ({ commands }) => commands,
  subscribes: ({ subscribes }) => subscribes,
  pairings: ({ pairings }) => pairings,
}

const folder = mkdtempSync(join(tmpdir(), 'nle-month-'))
const startedAtMs = performance.now()
const month = new Month({
  seed: Number(seed),
  databasePath: join(folder, 'nle.sqlite'),
  thermostats: THERMOSTATS,
  sensedEveryMinutes: 1,
})
const all: Day[] = []
write(`day ${Object.keys(COLUMNS).join(' | ')}`)
for await (const day of month.days(Number(days))) {
  all.push(day)
  const cells = Object.entries(COLUMNS).map(([name, of]) => String(of(day)).padStart(name.length))
  write(`${String(all.length).padStart(3)} ${cells.join(' | ')}`)
}
rmSync(folder, { recursive: true, force: true })

const sum = (what: (day: Day) => number): string =>
  all.reduce((before, day) => before + what(day), 0).toLocaleString('en')
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
write(
  `${all.length} days of ${THERMOSTATS} thermostats in ${seconds} s, seed ${seed}: ` +
    `${sum(({ puts }) => puts)} puts, ${sum(({ subscribes }) => subscribes)} subscribes, ` +
    `${sum(({ commands }) => commands)} commands, ${sum(({ pairings }) => pairings)} pairings`,
)
const wrong = [...new Set(month.failures), ...grownInMemory(all), ...grownOnDisk(all)]
for (const what of wrong) write(`FOUND: ${what}`)
write(wrong.length === 0 ? 'nothing grew' : `${wrong.length} failures`)
process.exitCode = wrong.length === 0 ? 0 : 1
