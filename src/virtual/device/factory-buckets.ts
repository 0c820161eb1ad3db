import type { WireObject } from '../json.ts'
import type { DeviceBucket } from './device-bucket.ts'
import { all, DEVICE_READINGS, DEVICE_SETTINGS } from './device-fields.ts'
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

function factoryShared(profile: Profile): WireObject {
  return {
    auto_away: 0,
    can_cool: profile.canCool,
    can_heat: profile.canHeat,
    current_temperature: profile.currentTemperature,
    ...all(false)`
      hvac_heater_state hvac_heat_x2_state hvac_heat_x3_state hvac_aux_heater_state
      hvac_alt_heat_state hvac_emer_heat_state hvac_ac_state hvac_cool_x2_state
      hvac_cool_x3_state hvac_fan_state`,
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
  const day = {
    '0': { type: 'HEAT', time: 25_200, entry_type: 'setpoint', temp: 20 },
    '1': { type: 'HEAT', time: 79_200, entry_type: 'setpoint', temp: 17 },
  }
  const days = Object.fromEntries([...'0123456'].map((name) => [name, day]))
  return { ver: 2, name: 'Current schedule', schedule_mode: 'HEAT', days }
}
