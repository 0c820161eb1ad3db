import { NleError } from '../../errors.ts'
import { numberIn, quoted, wordIn } from '../input.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { type CommandDefinition, change, unixSeconds } from './command-definition.ts'
import { fanOnMinutes, MAX_FAN_S } from './fan-timer.ts'

/** Seconds that the fan runs from now on; 0 switches its timer off, undefined is no value for it. */
function durationS(value: unknown, view: DeviceView): number | undefined {
  const seconds = numberIn(value)
  if (seconds !== undefined) {
    return seconds >= 0 && seconds <= MAX_FAN_S ? Math.round(seconds) : undefined
  }
  const name = wordIn(value)
  if (name === 'on') return Math.round(fanOnMinutes(view.device) * 60)
  return name === 'auto' ? 0 : undefined
}

export const setFan: CommandDefinition = {
  describe: `on, auto, or a number of seconds from 0 to ${MAX_FAN_S}`,
  plan(value, view) {
    if (!capabilities(view).has_fan) {
      throw new NleError('invalid', 'fan: this thermostat does not control a fan (has_fan=false)')
    }
    const seconds = durationS(value, view)
    if (seconds === undefined) {
      throw new NleError('invalid', `fan must be ${setFan.describe}, not ${quoted(value)}`)
    }
    const fields = { fan_timer_timeout: seconds === 0 ? 0 : unixSeconds(view) + seconds }
    // Later the fan would be told to run until a time in the past.
    const lifetimeMs = seconds === 0 ? undefined : seconds * 1000
    return { changes: [change('setting', `device.${view.serial}`, fields, lifetimeMs)] }
  },
}
