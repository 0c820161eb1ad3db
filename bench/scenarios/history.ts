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
import { PutTurns } from '../put-turns.ts'
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

const STATES = ['off', 'on'] as const
type State = (typeof STATES)[number]

/** With history and without, at the same time or in short turns: what else happens on the machine meets both. */
function costs(short: boolean): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const pathOf = (name: string) => join(folder, `${name}.sqlite`)
    for (const state of STATES) {
      await seed(pathOf(state), BUSY)
      await seed(pathOf(`household-${state}`), THERMOSTATS)
    }
    const spent = new Map<string, Record<State, number[]>>()
    const note = (name: string, state: State, cpuS: number): void => {
      const both = spent.get(name) ?? { on: [], off: [] }
      both[state].push(cpuS)
      spent.set(name, both)
    }
    const start = (state: State) => [...nleCommand(pathOf(state)), '--history', state]
    await withServer(start('off'), (off) =>
      withServer(start('on'), async (on) => {
        const pushing = [off, on].map((server) => commandToChunk(server, BUSY, short ? 300 : 3_000))
        for (const [i, { cpuS }] of (await Promise.all(pushing)).entries()) {
          note('server CPU per 1,000 pushes', STATES[i] as State, cpuS)
        }
        const puts = { off: await PutTurns.open(off, BUSY), on: await PutTurns.open(on, BUSY) }
        // The first round warms up.
        for (let round = 0; round <= (short ? 4 : 24); round++) {
          for (const state of round % 2 === 0 ? STATES : STATES.toReversed()) {
            const busy = await puts[state].turn(BUSY)
            const lone = await puts[state].turn(1)
            if (round === 0) continue
            note('busy, server CPU per 1,000 puts', state, busy)
            note('lone, server CPU per 1,000 puts', state, lone)
          }
        }
        for (const state of STATES) puts[state].close()
      }),
    )
    const household = (state: State) =>
      withServer(dayCommand(pathOf(`household-${state}`), state), (server) =>
        live(server, short ? MINUTES / 6 : MINUTES, COMMANDS),
      )
    const [off, on] = await Promise.all([household('off'), household('on')])
    note('household day, a put a minute each, server CPU', 'off', off.cpuS)
    note('household day, a put a minute each, server CPU', 'on', on.cpuS)
    return [...spent].map(([name, { on, off }]) => ({
      scenario: 'history',
      name: `${name} (floor: no history)`,
      unit: 's',
      value: mean(on),
      floor: mean(off),
    }))
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
