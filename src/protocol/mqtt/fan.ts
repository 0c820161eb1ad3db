import type { JsonObject } from '../bucket.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { fanDurationS, MAX_FAN_S } from '../view/fan-duration.ts'
import { leftMs } from '../view/time-left.ts'
import { minutes } from './countdown.ts'
import { command, type Entity, named, shownLimits } from './entity.ts'
import { readNumber } from './payload.ts'

/** Minutes. */
const STEP_MINUTES = 15
const DURATION = { min: STEP_MINUTES, max: MAX_FAN_S / 60 }

const hasFan = (view: DeviceView): boolean => capabilities(view).has_fan

/** Whether the fan is set to run; the thermostat may start it up to two minutes later. */
export function fanIsOn({ device, nowMs }: DeviceView): boolean {
  return leftMs(device.fan_timer_timeout, nowMs) > 0 || device.fan_control_state === true
}

/** The settings that hold the duration, in each form that this thermostat reports. */
function durationSettings({ device }: DeviceView, duration: number): JsonObject {
  const hasSeconds = typeof device.fan_timer_duration === 'number'
  const hasMinutes = typeof device.fan_timer_duration_minutes === 'number'
  return {
    ...(hasSeconds ? { fan_timer_duration: duration * 60 } : {}),
    ...(hasMinutes || !hasSeconds ? { fan_timer_duration_minutes: duration } : {}),
  }
}

const ICON: JsonObject = { icon: 'mdi:fan-clock', unit_of_measurement: 'min' }

/** The entities of a thermostat that controls a fan. */
export const FAN_ENTITIES: readonly Entity[] = [
  {
    ...named('binary_sensor', 'fan', 'Fan', 'fan_running'),
    has: hasFan,
    state: ({ shared }) => String(shared.hvac_fan_state === true),
    config: { payload_on: 'true', payload_off: 'false', device_class: 'running' },
  },
  {
    ...named('sensor', 'fan_timer_remaining', 'Fan Timer Remaining'),
    has: hasFan,
    state: ({ device, nowMs }) => String(minutes(leftMs(device.fan_timer_timeout, nowMs))),
    config: { ...ICON, state_class: 'measurement' },
  },
  {
    ...named('number', 'fan_duration', 'Fan Duration'),
    has: hasFan,
    state: ({ device }) => String(minutes(fanDurationS(device) * 1000)),
    config: ({ device }) => ({
      ...ICON,
      ...shownLimits(DURATION, fanDurationS(device) / 60, STEP_MINUTES),
      step: STEP_MINUTES,
      mode: 'slider',
    }),
    command(payload, view) {
      const asked = readNumber(payload, 'fan_duration is a number of minutes')
      const duration = Math.round(Math.min(DURATION.max, Math.max(DURATION.min, asked)))
      return [
        command('set_device_setting', durationSettings(view, duration)),
        // The new duration also holds for a fan that runs now.
        ...(leftMs(view.device.fan_timer_timeout, view.nowMs) > 0
          ? [command('set_fan', duration * 60)]
          : []),
      ]
    },
  },
]
