import { NleError } from '../../errors.ts'
import { numberIn } from '../input.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { type Command, quoted, unixSeconds, word } from './command-plan.ts'

const DEFAULT_MINUTES = 60
const MAX_S = 86_400

/** How long `on` lasts: what is stored for it, else an hour. */
function onDurationS({ device }: DeviceView): number {
  const minutes = device.fan_timer_duration_minutes
  const valid = typeof minutes === 'number' && Number.isFinite(minutes) && minutes >= 1
  return Math.min(MAX_S, Math.round((valid ? minutes : DEFAULT_MINUTES) * 60))
}

/** Seconds the fan should run from now on; 0 for the timer off. */
function durationS(value: unknown, view: DeviceView): number | undefined {
  const seconds = numberIn(value)
  if (seconds !== undefined) {
    return seconds >= 0 && seconds <= MAX_S ? Math.round(seconds) : undefined
  }
  const name = word(value)
  if (name === 'on') return onDurationS(view)
  return name === 'auto' ? 0 : undefined
}

export const setFan: Command = {
  describe: `on, auto, or a number of seconds from 0 to ${MAX_S}`,
  plan(value, view) {
    if (!capabilities(view).has_fan) {
      throw new NleError('invalid', 'fan: this thermostat does not control a fan (has_fan=false)')
    }
    const seconds = durationS(value, view)
    if (seconds === undefined) {
      throw new NleError('invalid', `fan must be ${setFan.describe}, not ${quoted(value)}`)
    }
    return {
      changes: [
        {
          objectKey: `device.${view.serial}`,
          fields: { fan_timer_timeout: seconds === 0 ? 0 : unixSeconds(view) + seconds },
          kind: 'setting',
          // After that the fan would be told to run until some time in the past.
          ...(seconds === 0 ? {} : { lifetimeMs: seconds * 1000 }),
        },
      ],
    }
  },
}
