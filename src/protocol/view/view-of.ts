import { type JsonObject, typeOf } from '../bucket.ts'
import { overlay } from '../delivery/change.ts'
import { DEFAULT_STRUCTURE_KEY } from '../pairing/claim.ts'
import { isPairedAnew, PAIRED_ANEW, pinningOf } from '../pairing/password-rules.ts'
import { keyedSchedule } from '../schedule/week.ts'
import { openChanges } from '../thermostat/state.ts'
import { deviceStatus, filledIn } from './device-status.ts'
import { type DeviceView, deviceName, type Surroundings } from './device-view.ts'
import { hasUploaded } from './has-uploaded.ts'
import { hotWaterStatus } from './hot-water.ts'
import { outdoorTemperature } from './outdoor-temperature.ts'
import { timeZoneWarning } from './time-zone.ts'
import { upcomingSetpoint } from './upcoming-setpoint.ts'
import type { ViewedState } from './viewed-state.ts'

/**
 * A thermostat as a reader sees it (`D7`): its data overlaid with the changes on their way.
 *
 * @param nowMs - wall clock
 * @param around - what a running server knows; left out when only what is on file counts
 * @returns undefined when it is not on file
 */
export function viewOf(
  state: ViewedState,
  nowMs: number,
  around: Surroundings = {},
): DeviceView | undefined {
  const { serial, device, buckets } = state
  if (device === undefined) return undefined
  const changes = openChanges(state)
  const seen = (objectKey: string): JsonObject =>
    overlay(objectKey, buckets.get(objectKey)?.value ?? {}, changes, nowMs)
  const structureKey = structureKeyOf(state)
  const scheduleKey = `schedule.${serial}`
  const week = keyedSchedule(seen(scheduleKey))
  const { revision = 0, timestamp = 0 } = buckets.get(scheduleKey) ?? {}
  const hasWeek = buckets.has(scheduleKey) || Object.keys(week).length > 0
  return {
    serial,
    nowMs,
    givenName: device.givenName,
    hasUploaded: hasUploaded(state),
    shared: seen(`shared.${serial}`),
    device: seen(`device.${serial}`),
    structure: seen(structureKey),
    structureKey,
    schedule: hasWeek ? { objectKey: scheduleKey, revision, timestamp, value: week } : undefined,
    where: Object.fromEntries(
      keysOf(state, 'where').map((key) => [key, buckets.get(key)?.value ?? {}]),
    ),
    ...around,
  }
}

/** The structure that a thermostat uses (`P10`): the one it was told, else the first one on file. */
export function structureKeyOf(state: Pick<ViewedState, 'device' | 'buckets'>): string {
  return state.device?.structureKey ?? keysOf(state, 'structure')[0] ?? DEFAULT_STRUCTURE_KEY
}

function keysOf({ buckets }: Pick<ViewedState, 'buckets'>, type: string): string[] {
  return [...buckets.keys()].filter((key) => typeOf(key) === type).sort()
}

/** A thermostat's name for people; its serial when it is not on file. */
export function nameOf(state: ViewedState, nowMs: number): string {
  const view = viewOf(state, nowMs)
  return view === undefined ? state.serial : deviceName(view)
}

/** What a running server knows beside the state; none of it is known when none runs. */
export interface StatusContext extends Surroundings {
  readonly steadyMs?: number
  /** Whether every known password counts as pinned (`DEVICE_AUTH=pin`). */
  readonly pinsAll?: boolean
}

/**
 * The status of a thermostat in the shape of section 9, with its owner. Once it has uploaded its state,
 * the fields that existing apps read without a check are never null.
 *
 * @param lastSeenMs - wall clock; undefined when only what is on file is known
 * @param around - what a running server knows
 * @returns undefined when it is not on file
 */
export function statusOf(
  state: ViewedState,
  presence: { readonly isAvailable: boolean; readonly lastSeenMs: number | undefined },
  nowMs: number,
  around: StatusContext = {},
): JsonObject | undefined {
  const { steadyMs, pinsAll = false, ...surroundings } = around
  const view = viewOf(state, nowMs, surroundings)
  const { device, owner } = state
  if (view === undefined || device === undefined) return undefined
  const status = deviceStatus(view, {
    isAvailable: presence.isAvailable,
    lastSeenMs: presence.lastSeenMs ?? device.lastSeenAtMs,
  })
  const known = {
    ...status,
    // What entry told us is better than nothing when the thermostat has not uploaded yet.
    software_version: status.software_version ?? device.softwareVersion,
    mac_address: status.mac_address ?? device.macAddress,
    owner: owner?.userId ?? null,
    model: device.model,
    has_uploaded: view.hasUploaded,
    hot_water: hotWaterStatus(view),
    outdoor_temperature: outdoorTemperature(view) ?? null,
    next_setpoint: upcomingSetpoint(view) ?? null,
    time_zone_warning:
      around.localOffsetS === undefined ? null : timeZoneWarning(view, around.localOffsetS),
    pinning: pinningOf(state, pinsAll),
    pairing_warning: steadyMs !== undefined && isPairedAnew(state, steadyMs) ? PAIRED_ANEW : null,
  }
  return view.hasUploaded ? filledIn(known) : known
}
