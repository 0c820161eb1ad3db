import { WIRE_MODES } from '../view/own-forms.ts'
import { AT, FIELDS, type FieldName, type Reading } from './reading.ts'
import { RowWriter, readRows } from './row-codec.ts'

/** Fields of which a mean is known. */
const MEASURED = [
  'temperature',
  'target_temperature',
  'target_temperature_low',
  'target_temperature_high',
  'humidity',
  'outdoor_temperature',
  'battery',
] as const satisfies readonly FieldName[]
export type MeasuredName = (typeof MEASURED)[number]

/** What runs for a time: the field, and the least value that counts. Their order is that of the file. */
const RUNNING = {
  heating: ['heating', 1],
  heating_2: ['heating', 2],
  heating_3: ['heating', 3],
  cooling: ['cooling', 1],
  cooling_2: ['cooling', 2],
  cooling_3: ['cooling', 3],
  fan: ['fan', 1],
  hot_water: ['hot_water', 1],
  eco: ['eco', 1],
  online: ['online', 1],
} as const satisfies Readonly<Record<string, readonly [FieldName, number]>>
export type RunningName = keyof typeof RUNNING
const RUNNING_NAMES = Object.keys(RUNNING) as readonly RunningName[]

/**
 * Outside this temperature, °C, a house is heated or cooled: degree hours count by how much it is colder or
 * warmer, and for how long.
 */
export const DEGREE_BASE_C = 18

/** The sum of a value over time, and for how long it was known. */
interface Sum {
  ms: number
  valueMs: number
}

/** Everything that is kept of a length of time, so that any number of them can be added up. */
export interface Totals {
  /** How long the server watched the thermostat, online or not, ms. */
  watchedMs: number
  readonly measured: Record<MeasuredName, Sum>
  /** °C; null without a measurement. */
  lowest: number | null
  highest: number | null
  /** Ms. */
  readonly running: Record<RunningName, number>
  /** By the number of the mode, ms. */
  readonly modes: number[]
  /** Degrees below and above `DEGREE_BASE_C` outside, times ms. */
  colderMs: number
  warmerMs: number
}

/** With every field written out: objects of one form are read several times as fast, and there are thousands. */
export function noTotals(): Totals {
  return {
    watchedMs: 0,
    measured: {
      temperature: noSum(),
      target_temperature: noSum(),
      target_temperature_low: noSum(),
      target_temperature_high: noSum(),
      humidity: noSum(),
      outdoor_temperature: noSum(),
      battery: noSum(),
    },
    lowest: null,
    highest: null,
    running: {
      heating: 0,
      heating_2: 0,
      heating_3: 0,
      cooling: 0,
      cooling_2: 0,
      cooling_3: 0,
      fan: 0,
      hot_water: 0,
      eco: 0,
      online: 0,
    },
    modes: WIRE_MODES.map(() => 0),
    colderMs: 0,
    warmerMs: 0,
  }
}

function noSum(): Sum {
  return { ms: 0, valueMs: 0 }
}

/** Where a reading has what is summed up, found once and not for each of thousands. */
const MEASURED_PLACES = MEASURED.map((name) => {
  return { name, place: AT[name], perUnit: FIELDS[name].perUnit }
})
const RUNNING_PLACES = RUNNING_NAMES.map((name) => {
  const [field, least] = RUNNING[name]
  return { name, place: AT[field], least }
})

/** Adds that a thermostat was as a row says for some time. */
export function addReading(totals: Totals, row: Reading, ms: number): void {
  totals.watchedMs += ms
  for (const { name, place, perUnit } of MEASURED_PLACES) {
    const steps = row[place]
    if (steps == null) continue
    const sum = totals.measured[name]
    sum.ms += ms
    sum.valueMs += (steps / perUnit) * ms
  }
  for (const { name, place, least } of RUNNING_PLACES) {
    if ((row[place] ?? 0) >= least) totals.running[name] += ms
  }
  const mode = row[AT.mode]
  if (mode != null && mode < totals.modes.length)
    totals.modes[mode] = (totals.modes[mode] ?? 0) + ms
  const steps = row[AT.temperature]
  if (steps != null) stretch(totals, steps / FIELDS.temperature.perUnit)
  const outside = row[AT.outdoor_temperature]
  if (outside == null) return
  const above = outside / FIELDS.outdoor_temperature.perUnit - DEGREE_BASE_C
  totals.colderMs += Math.max(0, -above) * ms
  totals.warmerMs += Math.max(0, above) * ms
}

/** Adds a share of other totals: all of them, or as much as falls into the same time. */
export function addTotals(totals: Totals, other: Totals, share: number): void {
  totals.watchedMs += other.watchedMs * share
  for (const name of MEASURED) {
    const more = other.measured[name]
    if (more.ms === 0) continue
    const sum = totals.measured[name]
    sum.ms += more.ms * share
    sum.valueMs += more.valueMs * share
  }
  for (const name of RUNNING_NAMES) totals.running[name] += other.running[name] * share
  for (let i = 0; i < other.modes.length; i++) {
    totals.modes[i] = (totals.modes[i] ?? 0) + (other.modes[i] ?? 0) * share
  }
  totals.colderMs += other.colderMs * share
  totals.warmerMs += other.warmerMs * share
  if (other.lowest !== null) stretch(totals, other.lowest)
  if (other.highest !== null) stretch(totals, other.highest)
}

function stretch(totals: Totals, celsius: number): void {
  totals.lowest = Math.min(totals.lowest ?? celsius, celsius)
  totals.highest = Math.max(totals.highest ?? celsius, celsius)
}

/** The mean of a field while it was known; null when it never was. */
export function meanOf({ measured }: Totals, name: MeasuredName): number | null {
  const { ms, valueMs } = measured[name]
  return ms > 0 ? valueMs / ms : null
}

const HUNDREDTHS = 100
const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const COLUMNS = 1 + 2 * MEASURED.length + 2 + RUNNING_NAMES.length + WIRE_MODES.length + 2

/** Totals of equal slots as bytes: seconds, and hundredths of a unit. */
export function encodeTotals(all: readonly Totals[]): Uint8Array {
  const writer = new RowWriter(COLUMNS)
  for (const totals of all) {
    const seconds = (ms: number): number => Math.round(ms / SECOND_MS)
    const hundredths = (value: number | null): number | null =>
      value === null ? null : Math.round(value * HUNDREDTHS)
    writer.add([
      seconds(totals.watchedMs),
      ...MEASURED.flatMap((name) => [
        seconds(totals.measured[name].ms),
        hundredths(meanOf(totals, name)),
      ]),
      hundredths(totals.lowest),
      hundredths(totals.highest),
      ...RUNNING_NAMES.map((name) => seconds(totals.running[name])),
      ...totals.modes.map(seconds),
      hundredths(totals.colderMs / HOUR_MS),
      hundredths(totals.warmerMs / HOUR_MS),
    ])
  }
  return writer.bytes()
}

/** @throws NleError `unfit` for damaged bytes */
export function decodeTotals(bytes: Uint8Array): Totals[] {
  return readRows(bytes, COLUMNS).map((row) => {
    let at = 0
    const next = (): number | null => row[at++] ?? null
    const ms = (): number => (next() ?? 0) * SECOND_MS
    const unit = (): number | null => {
      const value = next()
      return value === null ? null : value / HUNDREDTHS
    }
    const totals = noTotals()
    totals.watchedMs = ms()
    for (const name of MEASURED) {
      const sum = totals.measured[name]
      sum.ms = ms()
      sum.valueMs = (unit() ?? 0) * sum.ms
    }
    totals.lowest = unit()
    totals.highest = unit()
    for (const name of RUNNING_NAMES) totals.running[name] = ms()
    for (const i of totals.modes.keys()) totals.modes[i] = ms()
    totals.colderMs = (unit() ?? 0) * HOUR_MS
    totals.warmerMs = (unit() ?? 0) * HOUR_MS
    return totals
  })
}
