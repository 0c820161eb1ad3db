import { DAY_MS, slotsOf, type Zone } from '../../src/protocol/history/calendar.ts'
import { type Chunk, OpenChunk } from '../../src/protocol/history/chunk.ts'
import {
  type ColumnName,
  column,
  type RuntimeRow,
  runtimeRow,
} from '../../src/protocol/history/columns.ts'
import { readingOf } from '../../src/protocol/history/reading.ts'
import type { Retention } from '../../src/protocol/history/retention.ts'
import { beginTrack, observe, settle } from '../../src/protocol/history/sampling.ts'
import { zoneOffsetS } from '../../src/protocol/view/time-zone.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { ageOne } from '../../src/server/history/ageing.ts'
import { HistoryFile } from '../../src/server/history/history-file.ts'
import { readHistory } from '../../src/server/history/read-history.ts'
import { simulatedHouse } from './simulated-house.ts'

/** Midnight in Berlin. */
export const SIMULATED_FROM_MS = Date.parse('2016-01-01T00:00+01:00')
export const SIMULATED_ZONE: Zone = {
  name: 'Europe/Berlin',
  offsetS: (atMs) => zoneOffsetS('Europe/Berlin', atMs) ?? 0,
}
const MINUTE_MS = 60_000
const WRITTEN_EVERY_MINUTES = 30

export interface SimulatedHistory {
  readonly file: HistoryFile
  readonly untilMs: number
}

/** The serial of the n-th house. */
export function serialOfHouse(n: number): string {
  return `02AA01AC0000000${n}`
}

/**
 * Writes what thermostats in simulated houses do, as a server does: by its rules, in batches, and with what is old
 * in fewer bytes.
 *
 * @param afterBatch - called after each batch, of which a day has 48
 */
export async function simulateHistory(
  path: string,
  { days, houses, retention }: { days: number; houses: number; retention: Retention },
  afterBatch: (batch: number) => void = () => {},
): Promise<SimulatedHistory> {
  const file = new HistoryFile(path, silentLogger)
  const minutes = days * 1440
  const recorders = Array.from({ length: houses }, (_, n) =>
    recorder({
      serial: serialOfHouse(n),
      n,
      fromMs: SIMULATED_FROM_MS,
      minutes,
      zone: SIMULATED_ZONE,
    }),
  )
  for (let minute = 0; minute < minutes; minute += WRITTEN_EVERY_MINUTES) {
    const chunks = recorders.map((each, n) => ({ serial: serialOfHouse(n), ...each() }))
    await file.use((store) => store.append(chunks))
    const nowMs = SIMULATED_FROM_MS + minute * MINUTE_MS
    for (const { serial } of chunks) {
      await file.use((store) => ageOne(store, serial, retention, nowMs, SIMULATED_ZONE))
    }
    afterBatch(minute / WRITTEN_EVERY_MINUTES)
  }
  return { file, untilMs: SIMULATED_FROM_MS + minutes * MINUTE_MS }
}

/** Writes what a thermostat did in the days before an instant. */
export async function seedHistory(
  path: string,
  serial: string,
  { days, untilMs, zone }: { days: number; untilMs: number; zone: Zone },
): Promise<void> {
  const file = new HistoryFile(path, silentLogger)
  const minutes = days * 1440
  const next = recorder({ serial, n: 0, fromMs: untilMs - minutes * MINUTE_MS, minutes, zone })
  const chunks = Array.from({ length: minutes / WRITTEN_EVERY_MINUTES }, () => ({
    serial,
    ...next(),
  }))
  await file.use((store) => store.append(chunks))
  await file.close()
}

interface RecordedHouse {
  readonly serial: string
  /** The number of the house: the same number gives the same house. */
  readonly n: number
  readonly fromMs: number
  readonly minutes: number
  readonly zone: Zone
}

/** Returns the function that makes the next chunk of one house. */
function recorder({ serial, n, fromMs, minutes, zone }: RecordedHouse): () => Chunk {
  const house = simulatedHouse(fromMs, minutes, n, zone.offsetS)
  let track: ReturnType<typeof beginTrack> | undefined
  return () => {
    let chunk: OpenChunk | undefined
    let steadyMs = 0
    for (let minute = 0; minute < WRITTEN_EVERY_MINUTES; minute++) {
      const state = house.next().value
      if (state === undefined) break
      const { atMs, shared, device } = state
      const reading = readingOf(
        {
          serial,
          nowMs: atMs,
          givenName: null,
          hasUploaded: true,
          structure: {},
          structureKey: '',
          schedule: undefined,
          where: {},
          shared,
          device,
        },
        true,
      )
      track ??= beginTrack(reading, atMs)
      chunk ??= new OpenChunk({ wallMs: atMs, steadyMs: atMs }, track.kept)
      const observed = observe(track, reading, atMs)
      track = observed.track
      for (const sample of observed.samples) chunk.add(sample.atSteadyMs, sample.row)
      steadyMs = atMs + MINUTE_MS
    }
    if (chunk === undefined || track === undefined) throw new Error('the simulation is over')
    const settled = settle(track, steadyMs)
    track = settled.track
    for (const sample of settled.samples) chunk.add(sample.atSteadyMs, sample.row)
    return chunk.until(steadyMs)
  }
}

async function sumsOf({ file, untilMs }: SimulatedHistory, fromMs: number) {
  const slots = slotsOf(fromMs, untilMs, DAY_MS, SIMULATED_ZONE, 5_000)
  return file.use((store) => readHistory(store, serialOfHouse(0), slots, []))
}

/** How long what ran on each day of the first house. */
export async function rowsOf(
  history: SimulatedHistory,
  fromMs = SIMULATED_FROM_MS,
): Promise<RuntimeRow[]> {
  const { slots, totals } = await sumsOf(history, fromMs)
  return totals.flatMap((each, i) => {
    const slot = slots[i]
    return slot === undefined ? [] : [runtimeRow(slot, each)]
  })
}

/** A column of the first house, by day. */
export async function columnOf(
  history: SimulatedHistory,
  name: ColumnName,
  fromMs = SIMULATED_FROM_MS,
) {
  return column(await sumsOf(history, fromMs), name)
}
