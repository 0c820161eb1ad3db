import type { Change } from '../delivery/change.ts'
import { LITTLE_ROOM_BYTES } from '../disk-room.ts'
import { type DeviceView, deviceName } from '../view/device-view.ts'
import type { Sign } from './notice.ts'

/** The battery is low below, and well again above; between them it swings while it is charged. */
const LOW_VOLTS = 3.6
const WELL_VOLTS = 3.7
/** So much room ends what `LITTLE_ROOM_BYTES` began. */
const ROOM_AGAIN_BYTES = 1.5 * LITTLE_ROOM_BYTES
const MIB = 1024 * 1024

/** What a paired thermostat shows. */
export function thermostatSigns(view: DeviceView, isAvailable: boolean): Sign[] {
  const { serial, device } = view
  const about = { serial, name: deviceName(view) }
  const volts = device.battery_level
  const hasFilter = device.has_air_filter !== false
  return [
    {
      ...about,
      kind: 'offline',
      state: isAvailable ? 'off' : 'on',
      detail: 'It has not called for half an hour or more.',
    },
    {
      ...about,
      kind: 'battery_low',
      state: typeof volts === 'number' ? batteryState(volts) : 'unclear',
      detail: typeof volts === 'number' ? `It has ${volts.toFixed(2)} V.` : '',
    },
    {
      ...about,
      kind: 'filter_due',
      state: flagState(hasFilter ? device.filter_replacement_needed : false),
      detail: '',
    },
    {
      ...about,
      kind: 'safety_temperature',
      state: flagState(device.safety_temp_activating_hvac),
      detail: 'It heats or cools to protect the house.',
    },
  ]
}

/** What a change shows that has ended; undefined for an end that is neither good nor bad. */
export function changeSign(
  { state, command, commandId, reason }: Change,
  { serial, name }: { readonly serial: string; readonly name: string },
): Sign | undefined {
  const isFailed = hasFailed(state)
  if (!isFailed && state !== 'confirmed') return undefined
  return {
    kind: 'change_failed',
    serial,
    name,
    part: command,
    state: isFailed ? 'on' : 'off',
    occurrence: commandId,
    detail: `${command}: ${reason ?? 'it was not confirmed'}.`,
  }
}

export function hasFailed(state: Change['state']): boolean {
  return state === 'ignored' || state === 'expired'
}

/** @param failure - undefined for one that was made */
export function backupSign(failure: string | undefined): Sign {
  return {
    kind: 'backup_failed',
    serial: null,
    name: null,
    state: failure === undefined ? 'off' : 'on',
    detail: failure ?? '',
  }
}

export function diskSign(freeBytes: number): Sign {
  return {
    kind: 'disk_low',
    serial: null,
    name: null,
    state: freeBytes < LITTLE_ROOM_BYTES ? 'on' : freeBytes >= ROOM_AGAIN_BYTES ? 'off' : 'unclear',
    detail: `${Math.floor(freeBytes / MIB)} MiB are free where the database is.`,
  }
}

function batteryState(volts: number): Sign['state'] {
  return volts < LOW_VOLTS ? 'on' : volts >= WELL_VOLTS ? 'off' : 'unclear'
}

function flagState(value: unknown): Sign['state'] {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : 'unclear'
}
