import type { SensorReadings } from '../signals/firmware-events.ts'
import { abortRequest, cancelTimer, createDevice, type Device, newPairing, note } from './device.ts'
import { changeLocally, OWN_TYPES, ownKey, sharedValue, waitToPutAll } from './local-changes.ts'
import { acknowledge } from './setpoint-changes.ts'

const MIN_VOLTS = 3.6

/** Power on, or a power cycle: volatile state is lost, and the full state will be put. */
export function powerCycle(device: Device, loseMemory: boolean): void {
  dropRequestsAndTimers(device)
  device.waiting.clear()
  device.heldSchedule = undefined
  device.ecoExitAsked = false
  device.deferWindowMs = 0
  device.deferDisabled = false
  if (loseMemory) forgetBuckets(device)
  device.pairing = newPairing(loseMemory ? undefined : device.pairing.owner)
  device.power = 'on'
  note(device, { kind: 'booted', memoryLost: loseMemory })
  for (const type of OWN_TYPES) {
    const bucket = device.buckets.get(ownKey(device, type))
    // Due some time after the first subscribe is answered: factory settings must not overwrite what
    // the server gives back after memory loss.
    if (bucket !== undefined) waitToPutAll(device, bucket, 'boot', Number.POSITIVE_INFINITY)
  }
  // The timer of an acknowledgement did not survive, the command did (U8).
  acknowledge(device)
}

function forgetBuckets(device: Device): void {
  const { current_temperature } = sharedValue(device)
  device.buckets = createDevice({ ...device.profile, memory: [] }).buckets
  // The room does not cool down because the thermostat forgot it.
  sharedValue(device).current_temperature = current_temperature
  device.serverTimestamps.clear()
}

function dropRequestsAndTimers(device: Device): void {
  for (const id of [...device.requests.keys()]) abortRequest(device, id)
  for (const timer of [...device.armed.keys()]) cancelTimer(device, timer)
  device.pauses.clear()
  device.putInFlight = undefined
  device.urls = undefined
  device.hasComparedList = device.profile.transport === 'v7'
  device.listedAtMs = device.nowMs
  device.dirty.clear()
}

/** New sensor readings; a flat battery takes the thermostat off the network (section 10). */
export function sensed(device: Device, readings: SensorReadings): void {
  const { currentTemperature, humidity, batteryVolts } = readings
  if (currentTemperature !== undefined) {
    changeLocally(device, 'shared', { current_temperature: currentTemperature }, 'change')
  }
  const fields = {
    ...(humidity === undefined ? {} : { current_humidity: humidity }),
    ...(batteryVolts === undefined ? {} : { battery_level: batteryVolts }),
  }
  if (Object.keys(fields).length > 0) changeLocally(device, 'device', fields, 'change')
  if (batteryVolts === undefined) return
  if (batteryVolts < MIN_VOLTS && device.power === 'on') {
    dropRequestsAndTimers(device)
    device.power = 'flat'
    note(device, { kind: 'batteryLow', volts: batteryVolts })
  } else if (batteryVolts >= MIN_VOLTS && device.power === 'flat') {
    // Local state survived; the full upload includes what was not put before.
    powerCycle(device, false)
  }
}
