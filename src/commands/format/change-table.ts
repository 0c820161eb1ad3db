import type { ChalkInstance } from 'chalk'
import { COMPANION_FIELDS, type JsonObject, type JsonValue } from '../../protocol/bucket.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import type { ChangeReport } from '../client/answers.ts'
import { type Cell, table } from '../terminal/table.ts'
import { modeName } from './mode-name.ts'
import { age, exactDuration, temperature } from './units.ts'

/**
 * Changes and their states, newest first.
 *
 * @param targetOf - the thermostat of a change, as people know it, and what a queued change waits for
 */
export function changeTable(
  changes: readonly ChangeReport[],
  targetOf: (serial: string) => {
    readonly name: string
    readonly scale: Scale
    readonly waitsFor: string
  },
  { nowMs, columns, chalk }: { nowMs: number; columns: number; chalk: ChalkInstance },
): string {
  const rows = changes.map((change) => {
    const { name, scale, waitsFor } = targetOf(change.serial)
    return [
      String(change.id),
      age(change.createdAtMs, nowMs),
      name,
      changeText(change, scale),
      stateCell(change.state, chalk),
      change.reason ?? (change.state === 'queued' ? `waits for ${waitsFor}` : ''),
    ]
  })
  return table(
    [
      { title: 'ID', align: 'right' },
      { title: 'ASKED' },
      { title: 'THERMOSTAT', minWidth: 10 },
      { title: 'WHAT', minWidth: 12 },
      { title: 'STATE' },
      { title: 'WHY', minWidth: 8 },
    ],
    rows,
    columns,
    chalk.dim,
  )
}

/** A state in its colour: confirmed, open, or failed. */
export function stateCell(state: string, chalk: ChalkInstance): Cell {
  if (state === 'confirmed') return { text: state, paint: chalk.green }
  if (state === 'queued' || state === 'sent') return { text: state, paint: chalk.yellow }
  return { text: state, paint: chalk.red }
}

const NAMES: Readonly<Record<string, string>> = {
  target_temperature: 'temperature',
  target_temperature_low: 'low',
  target_temperature_high: 'high',
  away_temperature_low: 'eco-low',
  away_temperature_high: 'eco-high',
}

/** What a command asked for, as a person would say it: `temperature 21 °C`, `away on`. */
export function changeText({ command, fields }: ChangeReport, scale: Scale): string {
  switch (command) {
    case 'set_temperature':
    case 'set_eco_temperatures':
      return named(temperaturesIn(fields), (value) => temperature(Number(value), scale))
    case 'set_mode':
      return `mode ${modeName(String(fields.target_temperature_type))}`
    case 'set_away':
      return `away ${fields.manual_eco_all === true ? 'on' : 'off'}`
    case 'set_fan':
      return fanText(fields)
    case 'set_schedule':
      return 'schedule'
    case 'set_schedule_mode':
      return `schedule mode ${modeName(String(fields.schedule_mode))}`
    case 'set_device_setting':
      return named(fields, String)
    case 'set_name':
      return `name "${String(fields.name)}"`
    default:
      return command
  }
}

/** How long it was asked to run; an answer of an older server lacks the duration. */
function fanText({ fan_timer_timeout: untilS, fan_timer_duration: durationS }: JsonObject): string {
  if (untilS === 0) return 'fan auto'
  return typeof durationS === 'number' ? `fan on for ${exactDuration(durationS)}` : 'fan on'
}

/** Without the flags that go along. */
function temperaturesIn(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => Object.hasOwn(NAMES, field)))
}

function named(fields: JsonObject, show: (value: JsonValue) => string): string {
  return Object.entries(fields)
    .filter(([field]) => !COMPANION_FIELDS.has(field))
    .map(([field, value]) => `${NAMES[field] ?? field} ${show(value)}`)
    .join(', ')
}
