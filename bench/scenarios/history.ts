import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DAY_MS, slotsOf } from '../../src/protocol/history/calendar.ts'
import { readHistory } from '../../src/server/history/read-history.ts'
import {
  SIMULATED_FROM_MS,
  SIMULATED_ZONE,
  type SimulatedHistory,
  serialOfHouse,
  simulateHistory,
} from '../../test/helpers/simulated-history.ts'
import { atMost, type Figure } from '../figure.ts'
import { putLoad } from '../put-load.ts'
import { quantile } from '../quantile.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand } from '../server-process.ts'
import { COMMANDS, dayCommand, live, MINUTES, THERMOSTATS } from './day.ts'
import { commandToChunk } from './push.ts'

const HOUSES = 3
const KEPT = { rawDays: 60, hourlyDays: 1_095, dailyDays: 36_500 }
/** The bytes written in the last days count. */
const COUNTED_DAYS = 30
const BUSY = 32

/** A decade of three thermostats in the file, and what a put and a push cost with history and without. */
export const history: Scenario = async ({ short }) => [
  ...(await decade(short ? 1 : 10)),
  ...(await costs(short)),
]

function decade(years: number): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const path = join(folder, 'history.sqlite')
    const days = Math.round(years * 365.25)
    let beganAt = 0
    const past = await simulateHistory(path, { days, houses: HOUSES, retention: KEPT }, (batch) => {
      const isCounted = batch >= (days - COUNTED_DAYS) * 48
      // Half an hour passes before the next batch: what this one wrote is on the disk by then.
      if (isCounted) syncFiles(path)
      if (batch === (days - COUNTED_DAYS) * 48) beganAt = writtenBytes()
    })
    const writtenMb = (writtenBytes() - beganAt) / COUNTED_DAYS / 1e6
    const queries = [
      ['day', DAY_MS],
      ['two hours', DAY_MS / 12],
    ] as const
    const figures: Figure[] = []
    for (const [name, stepMs] of queries) {
      figures.push({
        scenario: 'history',
        name: `a year's chart by ${name}`,
        unit: 'ms',
        value: await queryMs(past, stepMs),
        target: atMost(50),
      })
    }
    await past.file.close()
    return [
      {
        scenario: 'history',
        name: 'written a day',
        unit: 'MB',
        value: writtenMb,
        target: atMost(1.5),
      },
      {
        scenario: 'history',
        name: `file after ${years} years`,
        unit: 'MB',
        value: statSync(path).size / 1e6,
        target: atMost(30),
      },
      ...figures,
    ]
  })
}

/** The median time for a chart of the last year. */
async function queryMs({ file, untilMs }: SimulatedHistory, stepMs: number): Promise<number> {
  const fromMs = Math.max(SIMULATED_FROM_MS, untilMs - 365 * DAY_MS)
  const times: number[] = []
  for (let run = 0; run < 15; run++) {
    const startedMs = performance.now()
    const slots = slotsOf(fromMs, untilMs, stepMs, SIMULATED_ZONE, 5_000)
    await file.use((store) => readHistory(store, serialOfHouse(0), slots, []))
    times.push(performance.now() - startedMs)
  }
  return quantile(times, 0.5)
}

function syncFiles(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`].filter(existsSync)) {
    const fd = openSync(file, 'r+')
    fsyncSync(fd)
    closeSync(fd)
  }
}

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}

/** With history and without, in turns, so that other load of the machine meets both. */
function costs(short: boolean): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const sums = new Map<string, Record<'on' | 'off', number[]>>()
    const note = (name: string, state: 'on' | 'off', value: number): void => {
      const sum = sums.get(name) ?? { on: [], off: [] }
      sum[state].push(value)
      sums.set(name, sum)
    }
    const times = short ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 5, warmUpSeconds: 2 }
    for (let round = 0; round < (short ? 2 : 4); round++) {
      for (const state of round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const)) {
        const db = join(folder, `${state}-${round}.sqlite`)
        await seed(db, BUSY + 1)
        await withServer([...nleCommand(db), '--history', state], async (server) => {
          const busy = await putLoad(server, { ...times, connections: BUSY })
          note('busy, server CPU per 1,000 puts', state, busy.cpuS)
          const lone = await putLoad(server, { ...times, connections: 1, firstThermostat: BUSY })
          note('lone, server CPU per 1,000 puts', state, lone.cpuS)
          const { cpuS } = await commandToChunk(server, BUSY, short ? 300 : 1_500)
          note('server CPU per 1,000 pushes', state, cpuS)
        })
      }
    }
    for (const state of ['off', 'on'] as const) {
      const db = join(folder, `day-${state}.sqlite`)
      await seed(db, THERMOSTATS)
      const minutes = short ? MINUTES / 6 : MINUTES
      const { cpuS } = await withServer(dayCommand(db, state), (server) =>
        live(server, minutes, COMMANDS),
      )
      note('household day, a put a minute each, server CPU', state, cpuS)
    }
    return [...sums].map(([name, { on, off }]) => ({
      scenario: 'history',
      name: `${name} (floor: no history)`,
      unit: 's',
      value: quantile(on, 0.5),
      floor: quantile(off, 0.5),
    }))
  })
}
