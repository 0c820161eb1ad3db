import { isJsonObject, type WireObject } from '../json.ts'
import { type Device, note, violate } from './device.ts'
import { typeOfKey } from './device-bucket.ts'
import { changeLocally, deviceValue, ownKey } from './local-changes.ts'

/** The thermostat rejects eco changes that are further off its own clock (D5). */
const MAX_OFF_S = 600
const BY_SERVER = 3
const BY_PERSON = 1

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
  if (type === 'device' && isJsonObject(fields.eco)) {
    const { eco, ...rest } = fields
    const wouldChange = isJsonObject(eco) && (eco.mode !== 'schedule') !== ecoActive(device)
    const time = isJsonObject(eco) ? eco.mode_update_timestamp : undefined
    return timeAccepted(device, time, wouldChange) ? fields : rest
  }
  return fields
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
  if (fields.manual_eco_all === true && !ecoActive(device)) {
    device.ecoExitAsked = false
    putEco(device, 'manual-eco', BY_SERVER)
    note(device, { kind: 'ecoEntered', by: 'server' })
  }
  if (fields.manual_eco_all === false) leaveEcoIfAllowed(device)
}

/** Handles an accepted `device.eco`: a request, which the thermostat answers with a put. */
export function ecoReceived(device: Device, eco: WireObject): void {
  if (eco.mode === 'schedule') {
    device.ecoExitAsked = ecoActive(device)
    leaveEcoIfAllowed(device)
  } else if (eco.mode === 'manual-eco' && !ecoActive(device)) {
    device.ecoExitAsked = false
    putEco(device, 'manual-eco', BY_SERVER)
    note(device, { kind: 'ecoEntered', by: 'server' })
  }
}

/** Leaving eco needs both: `device.eco` with mode schedule, and no structure that says away. */
function leaveEcoIfAllowed(device: Device): void {
  if (!device.ecoExitAsked || !ecoActive(device) || anyStructureInEco(device)) return
  device.ecoExitAsked = false
  putEco(device, 'schedule', BY_SERVER)
  note(device, { kind: 'ecoLeft', by: 'server' })
}

function anyStructureInEco(device: Device): boolean {
  return [...device.buckets.values()].some(
    ({ key, value }) => typeOfKey(key) === 'structure' && value.manual_eco_all === true,
  )
}

/** A person pressed eco, or turned the dial while in eco (the server's side is U9). */
export function ecoByPerson(device: Device, active: boolean): void {
  if (ecoActive(device) === active) return
  device.ecoExitAsked = false
  putEco(device, active ? 'manual-eco' : 'schedule', BY_PERSON)
  note(device, { kind: active ? 'ecoEntered' : 'ecoLeft', by: 'person' })
}

function putEco(device: Device, mode: 'manual-eco' | 'schedule', touchedBy: number): void {
  const nowS = Math.floor(device.nowMs / 1000)
  const eco = { mode, touched_by: touchedBy, mode_update_timestamp: nowS }
  changeLocally(device, ownKey(device, 'device'), { eco }, 'change')
}
