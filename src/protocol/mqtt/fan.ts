import type { JsonObject } from '../bucket.ts'
import { fanOnMinutes, MAX_FAN_S } from '../commands/fan-timer.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { leftMs, minutes } from './countdown.ts'
import { command, type Entity, named } from './entity.ts'
import { numberPayload, readNumber } from './payload.ts'

const DURATION = { min: 15, max: MAX_FAN_S / 60 }

const hasFan = (view: DeviceView): boolean => capabilities(view).has_fan

/** Whether the fan is set to run; the thermostat may start it up to two minutes later. */
export function fanIsOn({ device, nowMs }: DeviceView): boolean {
  return leftMs(device.fan_timer_timeout, nowMs) > 0 || device.fan_control_state === true
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
    state: ({ device }) => numberPayload(fanOnMinutes(device)),
    config: { ...ICON, ...DURATION, step: 15, mode: 'slider' },
    command(payload, view) {
      const asked = readNumber(payload, 'fan_duration is a number of minutes')
      const duration = Math.round(Math.min(DURATION.max, Math.max(DURATION.min, asked)))
      return [
        command('set_device_setting', { fan_timer_duration_minutes: duration }),
        // The new duration also holds for a fan that runs now.
        ...(leftMs(view.device.fan_timer_timeout, view.nowMs) > 0
          ? [command('set_fan', duration * 60)]
          : []),
      ]
    },
  },
]
