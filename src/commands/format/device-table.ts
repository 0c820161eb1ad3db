import type { ChalkInstance } from 'chalk'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { isEcoStatus } from '../../protocol/view/eco-state.ts'
import { scaleOf } from '../client/answers.ts'
import { type Cell, table } from '../terminal/table.ts'
import { modeName } from './mode-name.ts'
import { ownerNames, YOURS } from './owner-text.ts'
import { lastSeenMs, silenceText } from './reach-text.ts'
import { age, temperature, temperatureRange } from './units.ts'

/**
 * Thermostats as a table for people. Whose they are is shown where that differs.
 *
 * @param devices - status objects as `/api/devices` gives them
 * @param live - whether the statuses come from a running server; the database has only last contacts
 */
export function deviceTable(
  devices: readonly JsonObject[],
  options: { nowMs: number; live: boolean; columns: number; chalk: ChalkInstance },
): string {
  const { chalk, columns } = options
  const owners = devices.map(ownerNames(devices))
  const showsOwner = owners.some((owner) => owner !== YOURS)
  const rows = devices.map((device, i) => [
    { text: text(device.name) ?? '', paint: chalk.bold },
    text(device.serial) ?? '',
    presence(device, options),
    currentTemperature(device),
    targetText(device),
    modeText(device),
    ...(showsOwner ? [ownerCell(owners[i], chalk)] : []),
  ])
  return table(
    [
      { title: 'NAME', minWidth: 8 },
      { title: 'SERIAL' },
      { title: options.live ? 'STATE' : 'LAST SEEN' },
      { title: 'NOW', align: 'right' },
      { title: 'TARGET', align: 'right' },
      { title: 'MODE', minWidth: 6 },
      ...(showsOwner ? [{ title: 'OWNER', minWidth: 8 }] : []),
    ],
    rows,
    columns,
    chalk.dim,
  )
}

/** Whether it is online, or since when it is not; from the database, when it was last seen. */
export function presence(
  device: JsonObject,
  { nowMs, live, chalk }: { nowMs: number; live: boolean; chalk: ChalkInstance },
): Cell {
  if (!live) {
    const seenMs = lastSeenMs(device)
    return { text: seenMs === undefined ? 'never' : age(seenMs, nowMs) }
  }
  return device.is_available === true
    ? { text: 'online', paint: chalk.green }
    : { text: silenceText(device, nowMs), paint: chalk.yellow }
}

export function currentTemperature(device: JsonObject): string {
  const now = device.current_temperature
  return typeof now === 'number' ? temperature(now, scaleOf(device)) : '–'
}

/** What it works towards: a setpoint, a range, the eco temperatures, or nothing when it is off. */
export function targetText(device: JsonObject): string {
  const scale = scaleOf(device)
  const { mode, target_temperature: target } = device
  // Without a known mode the setpoint may be one that was filled in for existing apps.
  if (mode === 'off' || typeof mode !== 'string') return '–'
  if (isEcoStatus(device)) {
    const { eco_target: eco } = device
    return isObject(eco) ? bounds(eco.low, eco.high, scale) : bounds(eco, undefined, scale)
  }
  if (mode === 'range') {
    return bounds(device.target_temperature_low, device.target_temperature_high, scale)
  }
  return typeof target === 'number' ? temperature(target, scale) : '–'
}

/** The mode as people say it, eco included. */
export function modeText(device: JsonObject): string {
  const mode = text(device.mode)
  if (mode === undefined) return '–'
  const shown = modeName(mode)
  return isEcoStatus(device) && mode !== 'off' ? `${shown} (eco)` : shown
}

/** One temperature, or both ends of a range. */
export function bounds(low: unknown, high: unknown, scale: Scale): string {
  if (typeof low === 'number' && typeof high === 'number') return temperatureRange(low, high, scale)
  if (typeof low === 'number') return temperature(low, scale)
  return typeof high === 'number' ? temperature(high, scale) : '–'
}

function ownerCell(name: string | undefined, chalk: ChalkInstance): Cell {
  return name === undefined ? { text: 'not paired', paint: chalk.yellow } : { text: name }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
