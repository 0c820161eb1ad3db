import type { JsonObject } from '../protocol/bucket.ts'
import { scheduleMode } from '../protocol/schedule.ts'
import { isEco } from './format/device-table.ts'
import { modeName } from './format/mode-name.ts'
import { IN_ECO } from './set-note.ts'

/**
 * What to know about a schedule that nobody will feel for now, as for a setpoint. Undefined when the
 * thermostat goes by it at once, or when its mode is not known.
 *
 * @param status - of the thermostat, before the command
 */
export function scheduleNote(schedule: JsonObject, status: JsonObject): string | undefined {
  const { mode } = status
  if (typeof mode !== 'string') return undefined
  const wanted = modeName(String(schedule.schedule_mode))
  if (mode === 'off')
    return `It is off: no schedule counts until it has a mode again ("mode ${wanted}").`
  if (isEco(status)) return IN_ECO
  const now = modeName(mode)
  if (scheduleMode(mode) === undefined || now === wanted) return undefined
  return `It is in ${now}: a ${wanted} schedule counts when it is in ${wanted} ("mode ${wanted}").`
}
