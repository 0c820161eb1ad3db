import type { JsonObject, JsonValue } from '../bucket.ts'
import type { CommandName } from '../commands/plan-command.ts'
import { BOOST_S } from '../view/hot-water.ts'
import type { BridgedStatus, Features } from './bridged-status.ts'
import { celsiusOf, SYSTEM_MODE } from './thermostat-attributes.ts'

/** What controllers wrote of one thermostat; setpoints are hundredths of °C. */
export interface Written {
  readonly mode?: number
  readonly heating?: number
  readonly cooling?: number
  readonly fan?: boolean
  readonly hotWater?: boolean
}

export interface WantedCommand {
  readonly command: CommandName
  readonly value: JsonValue
}

const MODES: ReadonlyMap<number, string> = new Map([
  [SYSTEM_MODE.off, 'off'],
  [SYSTEM_MODE.heat, 'heat'],
  [SYSTEM_MODE.cool, 'cool'],
  [SYSTEM_MODE.auto, 'range'],
  [SYSTEM_MODE.emergencyHeat, 'emergency'],
])

/** The commands that carry out what was written, in their order; none for what nle does not have. */
export function wantedCommands(
  written: Written,
  status: BridgedStatus,
  features: Features,
  nowMs: number,
): WantedCommand[] {
  const mode = written.mode === undefined ? undefined : MODES.get(written.mode)
  const temperature = temperatureOf(written, mode ?? status.mode, features)
  return [
    ...(mode === undefined ? [] : [{ command: 'set_mode' as const, value: mode }]),
    ...(temperature === undefined
      ? []
      : [{ command: 'set_temperature' as const, value: temperature }]),
    ...(written.fan === undefined
      ? []
      : [{ command: 'set_fan' as const, value: written.fan ? 'on' : 'auto' }]),
    ...(written.hotWater === undefined
      ? []
      : [
          {
            command: 'set_device_setting' as const,
            value: hotWater(written.hotWater, status, nowMs),
          },
        ]),
  ]
}

/**
 * The setpoint of the mode. The other setpoint counts only when it was written alone: else the dead band moved
 * it along.
 */
function temperatureOf(
  { heating, cooling }: Written,
  mode: string | null,
  features: Features,
): JsonValue | undefined {
  const both = features.heating && features.cooling
  if (both && mode === 'range') return bounds(heating, cooling)
  const isCooling = mode === 'cool' || !features.heating
  const single = isCooling ? cooling : heating
  if (single !== undefined) return celsiusOf(single)
  if (!both) return undefined
  return isCooling ? bounds(heating, undefined) : bounds(undefined, cooling)
}

function bounds(low: number | undefined, high: number | undefined): JsonObject | undefined {
  if (low === undefined && high === undefined) return undefined
  return {
    ...(low === undefined ? {} : { low: celsiusOf(low) }),
    ...(high === undefined ? {} : { high: celsiusOf(high) }),
  }
}

/** On is a boost, as in the thermostat's own menu: the schedule of the hot water goes on after it. */
function hotWater(on: boolean, { hot_water }: BridgedStatus, nowMs: number): JsonObject {
  if (on) return { hot_water_boost_time_to_end: Math.floor(nowMs / 1000) + BOOST_S }
  return {
    hot_water_boost_time_to_end: 0,
    ...(hot_water?.mode === 'on' ? { hot_water_mode: 'schedule' } : {}),
  }
}
