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
    { key: `schedule.${serial}`, revision: 0, timestamp: 0, value: factorySchedule(profile) },
  ]
}

function factoryDevice(profile: Profile): WireObject {
  return {
    ...DEVICE_READINGS,
    ...DEVICE_SETTINGS,
    can_cool: profile.canCool,
    can_heat: profile.canHeat,
    current_schedule_mode: scheduleMode(profile),
    current_version: profile.softwareVersion,
    has_fan: profile.hasFan,
    local_ip: profile.localIp,
    mac_address: profile.macAddress,
    model_version: profile.model,
    serial_number: profile.serial,
    ...profile.deviceFields,
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
    target_change_pending: false,
    target_temperature: profile.targetTemperature,
    target_temperature_high: 24,
    target_temperature_low: 20,
    target_temperature_type: profile.canHeat ? 'heat' : 'cool',
    touched_by: { touched_by: 1, touched_at: 0, touched_user_id: '' },
    ...profile.sharedFields,
  }
}

/** `COOL` for a thermostat that only cools. */
function scheduleMode({ canHeat }: Profile): string {
  return canHeat ? 'HEAT' : 'COOL'
}

/** A setpoint at seven and one at ten in the evening, every day. */
function factorySchedule(profile: Profile): WireObject {
  const type = scheduleMode(profile)
  const day = {
    '0': { type, time: 25_200, entry_type: 'setpoint', temp: 20 },
    '1': { type, time: 79_200, entry_type: 'setpoint', temp: 17 },
  }
  const days = Object.fromEntries([...'0123456'].map((name) => [name, day]))
  return { ver: 2, name: 'Current schedule', schedule_mode: type, days }
}
