import { WIRE_MODES, type WireMode } from '../view/own-forms.ts'
import { HOUR_MS, type Slot } from './calendar.ts'
import type { FieldName } from './reading.ts'
import type { SlotSums } from './slot-sums.ts'
import { meanOf, type Totals } from './totals.ts'

const mean =
  (name: Parameters<typeof meanOf>[1]) =>
  (totals: Totals): number | null => {
    const value = meanOf(totals, name)
    return value === null ? null : hundredths(value)
  }

/** The mean stage while the thermostat was online: 0.5 when the first one ran for half of the time. */
const meanStage =
  (...stages: readonly (keyof Totals['running'])[]) =>
  ({ running }: Totals): number | null => {
    if (running.online === 0) return null
    return hundredths(stages.reduce((sum, name) => sum + running[name], 0) / running.online)
  }

/** What an answer may have for a slot. */
type SlotValue = number | boolean | WireMode | null

/** The value of each column over a slot; null when it is not known. */
const COLUMNS = {
  temperature: mean('temperature'),
  target_temperature: mean('target_temperature'),
  target_temperature_low: mean('target_temperature_low'),
  target_temperature_high: mean('target_temperature_high'),
  humidity: mean('humidity'),
  mode: modeOf,
  eco: ({ running }: Totals) => (running.online === 0 ? null : running.eco * 2 > running.online),
  heating: meanStage('heating', 'heating_2', 'heating_3'),
  cooling: meanStage('cooling', 'cooling_2', 'cooling_3'),
  fan: meanStage('fan'),
  hot_water: meanStage('hot_water'),
  outdoor_temperature: mean('outdoor_temperature'),
  battery: mean('battery'),
  online: ({ running, watchedMs }: Totals) =>
    watchedMs === 0 ? null : running.online * 2 > watchedMs,
  lowest_temperature: ({ lowest }: Totals) => lowest,
  highest_temperature: ({ highest }: Totals) => highest,
} as const satisfies Readonly<
  Record<FieldName | 'lowest_temperature' | 'highest_temperature', (totals: Totals) => SlotValue>
>

export type ColumnName = keyof typeof COLUMNS
/** Every column that can be asked for. */
export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[]

/** The mode that the thermostat was in for longest. */
function modeOf({ modes }: Totals): WireMode | null {
  const longest = Math.max(...modes)
  return longest > 0 ? (WIRE_MODES[modes.indexOf(longest)] ?? null) : null
}

/** One value for each slot. */
export function column({ totals }: SlotSums, name: ColumnName): SlotValue[] {
  const cellOf: (totals: Totals) => SlotValue = COLUMNS[name]
  return totals.map((each) => cellOf(each))
}

/** How long what ran in a slot, in seconds. */
export type RuntimeRow = {
  /** Ms since epoch. */
  readonly from: number
  readonly to: number
  /** How long the thermostat was online. */
  readonly seconds: number
  readonly heating: number
  readonly heating_2: number
  readonly heating_3: number
  readonly cooling: number
  readonly cooling_2: number
  readonly cooling_3: number
  readonly fan: number
  readonly hot_water: number
  readonly degree_hours_heating: number | null
  readonly degree_hours_cooling: number | null
}

export function runtimeRow({ fromMs, toMs }: Slot, totals: Totals): RuntimeRow {
  const { running, measured, colderMs, warmerMs } = totals
  const seconds = (name: keyof Totals['running']): number => Math.round(running[name] / 1000)
  const isOutsideKnown = measured.outdoor_temperature.ms > 0
  return {
    from: fromMs,
    to: toMs,
    seconds: seconds('online'),
    heating: seconds('heating'),
    heating_2: seconds('heating_2'),
    heating_3: seconds('heating_3'),
    cooling: seconds('cooling'),
    cooling_2: seconds('cooling_2'),
    cooling_3: seconds('cooling_3'),
    fan: seconds('fan'),
    hot_water: seconds('hot_water'),
    degree_hours_heating: isOutsideKnown ? hundredths(colderMs / HOUR_MS) : null,
    degree_hours_cooling: isOutsideKnown ? hundredths(warmerMs / HOUR_MS) : null,
  }
}

function hundredths(value: number): number {
  // `+ 0` makes zero of a negative zero.
  return Math.round(value * 100) / 100 + 0
}
