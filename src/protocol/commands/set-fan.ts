import { NleError } from '../../errors.ts'
import { numberIn, quoted, wordIn } from '../input.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { fanDurationS, MAX_FAN_S } from '../view/fan-duration.ts'
import { type CommandDefinition, change, unixSeconds } from './command-definition.ts'

/** Seconds that the fan runs from now on; 0 switches its timer off, undefined is no value for it. */
function durationS(value: unknown, view: DeviceView): number | undefined {
  const seconds = numberIn(value)
  if (seconds !== undefined) {
    return seconds >= 0 && seconds <= MAX_FAN_S ? Math.round(seconds) : undefined
  }
  const name = wordIn(value)
  if (name === 'on') return fanDurationS(view.device)
  return name === 'auto' || name === 'off' ? 0 : undefined
}

export const setFan: CommandDefinition = {
  describe: `on, auto, or a number of seconds from 0 to ${MAX_FAN_S} (${MAX_FAN_S / 3600} hours)`,
  plan(value, view) {
    if (!capabilities(view).has_fan) {
      throw new NleError('invalid', 'fan: this thermostat does not control a fan (has_fan=false)')
    }
    const seconds = durationS(value, view)
    if (seconds === undefined) {
      throw new NleError('invalid', `fan must be ${setFan.describe}, not ${quoted(value)}`)
    }
    const objectKey = `device.${view.serial}`
    // The duration stays when the timer is switched off: the next "on" lasts as long.
    if (seconds === 0) return { changes: [change('setting', objectKey, { fan_timer_timeout: 0 })] }
    const fields = { fan_timer_timeout: unixSeconds(view) + seconds, fan_timer_duration: seconds }
    // Later the fan would be told to run until a time in the past.
    return { changes: [change('setting', objectKey, fields, seconds * 1000)] }
  },
}
