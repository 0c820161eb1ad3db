import type { WireObject } from '../json.ts'
import type { DeviceBucket } from './device-bucket.ts'
import { DEVICE_READINGS, DEVICE_SETTINGS } from './device-fields.ts'
import type { Profile } from './profile.ts'

/** The three buckets of a thermostat that no server has seen: revision and timestamp are 0. */
export function factoryBuckets(profile: Profile): DeviceBucket[] {
  const { serial } = profile
  return [
    { key: `device.${serial}`, revision: 0, timestamp: 0, value: factoryDevice(profile) },
    { key: `shared.${serial}`, revision: 0, timestamp: 0, value: factoryShared(profile) },
    { key: `schedule.${serial}`, revision: 0, timestamp: 0, value: factorySchedule() },
  ]
}

function factoryDevice(profile: Profile): WireObject {
  return {
    ...DEVICE_READINGS,
    ...DEVICE_SETTINGS,
    can_cool: profile.canCool,
    can_heat: profile.canHeat,
    current_version: profile.softwareVersion,
    has_fan: profile.hasFan,
    local_ip: profile.localIp,
    mac_address: profile.macAddress,
    model_version: profile.model,
    serial_number: profile.serial,
  }
}

const STATES = ['heater', 'heat_x2', 'heat_x3', 'aux_heater', 'alt_heat', 'emer_heat', 'ac']
const MORE_STATES = ['cool_x2', 'cool_x3', 'fan']

function factoryShared(profile: Profile): WireObject {
  const states = [...STATES, ...MORE_STATES].map((name) => [`hvac_${name}_state`, false])
  return {
    auto_away: 0,
    can_cool: profile.canCool,
    can_heat: profile.canHeat,
    current_temperature: profile.currentTemperature,
    ...Object.fromEntries(states),
    name: profile.name,
    schedule_mode: 'HEAT',
    target_change_pending: false,
    target_temperature: profile.targetTemperature,
    target_temperature_high: 24,
    target_temperature_low: 20,
    target_temperature_type: profile.canHeat ? 'heat' : 'cool',
    touched_by: { touched_by: 1, touched_at: 0, touched_user_id: '' },
  }
}

/** A setpoint at seven and one at ten in the evening, every day. */
function factorySchedule(): WireObject {
  const entry = (time: number, temp: number) => ({
    type: 'HEAT',
    time,
    entry_type: 'setpoint',
    temp,
  })
  const day = { '0': entry(25_200, 20), '1': entry(79_200, 17) }
  const days = Object.fromEntries(['0', '1', '2', '3', '4', '5', '6'].map((name) => [name, day]))
  return { ver: 2, name: 'Current schedule', schedule_mode: 'HEAT', days }
}
