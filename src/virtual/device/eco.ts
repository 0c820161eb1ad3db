import { isJsonObject, type WireObject } from '../json.ts'
import { type Device, note, violate } from './device.ts'
import { typeOfKey } from './device-bucket.ts'
import { changeLocally, deviceValue } from './local-changes.ts'

/** The thermostat rejects eco changes that are further off its own clock (D5). */
const MAX_OFF_S = 600
/** `touched_by` of the eco mode. */
const TOUCHED_BY = { server: 3, person: 1 }

/** True in manual or auto eco. */
export function ecoActive(device: Device): boolean {
  const { eco } = deviceValue(device)
  return isJsonObject(eco) && typeof eco.mode === 'string' && eco.mode !== 'schedule'
}

/** Removes an eco change whose time is too far off from the pushed fields (D5). */
export function withoutRejectedEco(device: Device, key: string, fields: WireObject): WireObject {
  const type = typeOfKey(key)
  if (type === 'structure' && 'manual_eco_all' in fields) {
    const { manual_eco_all, manual_eco_timestamp, ...rest } = fields
    const own = device.buckets.get(key)?.value.manual_eco_all === true
    const wouldChange = manual_eco_all === true ? !ecoActive(device) : own
    return timeAccepted(device, manual_eco_timestamp, wouldChange) ? fields : rest
  }
  const { eco, ...rest } = fields
  if (type !== 'device' || !isJsonObject(eco)) return fields
  const wouldChange = (eco.mode !== 'schedule') !== ecoActive(device)
  return timeAccepted(device, eco.mode_update_timestamp, wouldChange) ? fields : rest
}

function timeAccepted(device: Device, timestampS: unknown, wouldChange: boolean): boolean {
  const valid = typeof timestampS === 'number'
  const offByS = valid ? Math.abs(device.nowMs / 1000 - timestampS) : Number.POSITIVE_INFINITY
  if (offByS <= MAX_OFF_S) return true
  if (wouldChange) {
    note(device, { kind: 'ecoRejected', offByS: Math.round(offByS) })
    const off = valid ? `${Math.round(offByS)} s off the clock` : 'without a time in seconds'
    violate(device, 'D5', `eco change rejected: ${off}`)
  }
  return false
}

/** Handles an accepted structure: `manual_eco_all` sends the whole home into eco. */
export function structureReceived(device: Device, fields: WireObject): void {
  if (fields.manual_eco_all === true) setEco(device, true, 'server')
  if (fields.manual_eco_all === false) leaveEcoIfAllowed(device)
}

/** Handles an accepted `device.eco`: a request, which the thermostat answers with a put. */
export function ecoReceived(device: Device, eco: WireObject): void {
  if (eco.mode === 'schedule') {
    device.ecoExitAsked = ecoActive(device)
    leaveEcoIfAllowed(device)
  } else if (eco.mode === 'manual-eco') {
    setEco(device, true, 'server')
  }
}

/** Leaving eco needs both: `device.eco` with mode schedule, and no structure that says away. */
function leaveEcoIfAllowed(device: Device): void {
  const away = [...device.buckets.values()].some(
    ({ key, value }) => typeOfKey(key) === 'structure' && value.manual_eco_all === true,
  )
  if (device.ecoExitAsked && !away) setEco(device, false, 'server')
}

/** Puts a change of eco mode (the server's side of a person's is U9); none when nothing changes. */
export function setEco(device: Device, active: boolean, by: 'server' | 'person'): void {
  if (ecoActive(device) === active) return
  device.ecoExitAsked = false
  const eco = {
    mode: active ? 'manual-eco' : 'schedule',
    touched_by: TOUCHED_BY[by],
    mode_update_timestamp: Math.floor(device.nowMs / 1000),
  }
  // Some builds report the mode as a string as well (section 9).
  const beside = 'eco_mode' in deviceValue(device) ? { eco_mode: eco.mode } : {}
  changeLocally(device, 'device', { eco, ...beside }, 'change')
  note(device, { kind: active ? 'ecoEntered' : 'ecoLeft', by })
}
