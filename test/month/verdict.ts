import type { Day } from './month.ts'

/** The size at which SQLite truncates the write-ahead log (src/store/sqlite/database.ts). */
const MAX_LOG_MB = 8.4
/** Growth by compiled code and the like; a leak of 100 bytes per report would be ten times this. */
const HEAP_MB = 2
/** A command is up to three changes. */
const CHANGES_PER_COMMAND = 3
const KEPT_DAYS = 30

/** The maximum over the first third of the days, and over the last. */
function mostOf(days: readonly Day[], what: (day: Day) => number): { early: number; late: number } {
  const third = Math.ceil(days.length / 3)
  const most = (part: readonly Day[]): number => Math.max(...part.map(what))
  return { early: most(days.slice(0, third)), late: most(days.slice(-third)) }
}

/** In words, what grew in the database. */
export function grownOnDisk(days: readonly Day[]): string[] {
  const grown: string[] = []
  for (const table of Object.keys(days[0]?.rows ?? {})) {
    if (table === 'changes') continue
    const { early, late } = mostOf(days, ({ rows }) => rows[table] ?? 0)
    // The number of strangers is random.
    if (late > 1.5 * early + 10) grown.push(`rows of ${table}: ${early}, later ${late}`)
  }
  const commands = days.slice(-KEPT_DAYS - 1).reduce((sum, day) => sum + day.commands, 0)
  const changes = days.at(-1)?.rows.changes ?? 0
  if (changes > CHANGES_PER_COMMAND * commands) {
    grown.push(`${changes} changes of the ${commands} commands of a month`)
  }
  const log = Math.max(...days.map(({ logMb }) => logMb))
  if (log > MAX_LOG_MB) grown.push(`the log of the database: ${log} MB`)
  if (days.length > KEPT_DAYS + 3) {
    const whenFull = days[KEPT_DAYS + 1]?.fileMb ?? 0
    const last = days.at(-1)?.fileMb ?? 0
    if (last > 1.1 * whenFull) grown.push(`the database: ${whenFull} MB, later ${last} MB`)
  }
  return grown
}

/** In words, what grew in memory. */
export function grownInMemory(days: readonly Day[]): string[] {
  const grown: string[] = []
  const heap = mostOf(days, ({ heapMb }) => heapMb)
  if (heap.late > heap.early + HEAP_MB) grown.push(`heap: ${heap.early} MB, later ${heap.late} MB`)
  const counts = { descriptors: 2, timers: 10, held: 5 } as const
  for (const [what, slack] of Object.entries(counts) as [keyof typeof counts, number][]) {
    const { early, late } = mostOf(days, (day) => day[what])
    if (late > early + slack) grown.push(`${what}: ${early}, later ${late}`)
  }
  return grown
}
