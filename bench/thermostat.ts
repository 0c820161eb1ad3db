import type { JsonObject } from '../src/protocol/bucket.ts'
import { DEVICE_READINGS } from '../src/virtual/device/device-fields.ts'

/** The timestamp of all seeded data. */
export const SEEDED_AT_MS = 1_700_000_000_000
export const USER_ID = 'homeassistant'
/** Of every thermostat; it has called with it before. */
export const PASSWORD = 'secret'

/** The serial of the n-th thermostat. */
export function serialOf(n: number): string {
  return `02AA01AC${n.toString(16).toUpperCase().padStart(8, '0')}`
}

/** A `device` bucket of 60 fields. */
export function deviceValue(serial: string): JsonObject {
  return {
    serial_number: serial,
    ...Object.fromEntries(Object.entries(DEVICE_READINGS).slice(0, 56)),
    current_humidity: 40,
    battery_level: 3.9,
    rssi: 60,
  }
}

export function sharedValue(): JsonObject {
  return {
    can_heat: true,
    can_cool: true,
    current_temperature: 20.4,
    target_temperature: 19.5,
    target_temperature_high: 24,
    target_temperature_low: 20,
    target_temperature_type: 'heat',
    target_change_pending: false,
    schedule_mode: 'HEAT',
    hvac_heater_state: false,
    hvac_ac_state: false,
    hvac_fan_state: false,
    name: '',
  }
}

/** The stored buckets of a paired thermostat: object key → value. */
export function bucketsOf(serial: string): Readonly<Record<string, JsonObject>> {
  return {
    [`device.${serial}`]: deviceValue(serial),
    [`shared.${serial}`]: sharedValue(),
    'structure.default': { name: 'Home', devices: [serial] },
    [`user.${USER_ID}`]: { name: USER_ID },
  }
}

/** A request of a thermostat, as text. */
export function deviceRequest(serial: string, method: string, path: string, body?: string): string {
  const credentials = Buffer.from(`d.${serial}.bench:${PASSWORD}`).toString('base64')
  return httpRequest(method, path, body, `Authorization: Basic ${credentials}\r\n`)
}

export function httpRequest(method: string, path: string, body = '', headers = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** The n-th put of a thermostat: three readings that differ from those before. */
export function putRequest(serial: string, n: number, revision: number): string {
  const value = `{"current_humidity":${30 + (n % 40)},"battery_level":3.${800 + (n % 190)},"rssi":${50 + (n % 17)}}`
  return deviceRequest(
    serial,
    'POST',
    '/nest/transport/put',
    `{"session":"bench","objects":[{"object_key":"device.${serial}","base_object_revision":${revision},"value":${value}}]}`,
  )
}

/** What a thermostat lists: object key → version. */
export type Listed = Map<string, { revision: number; timestamp: number }>

export function seededList(serial: string): Listed {
  return new Map(
    Object.keys(bucketsOf(serial)).map((objectKey) => [
      objectKey,
      { revision: 1, timestamp: SEEDED_AT_MS },
    ]),
  )
}

export function subscribeRequest(serial: string, listed: Listed): string {
  const objects = [...listed].map(([objectKey, { revision, timestamp }]) => ({
    object_key: objectKey,
    object_revision: revision,
    object_timestamp: timestamp,
  }))
  const body = JSON.stringify({ chunked: true, session: 'bench', objects })
  return deviceRequest(serial, 'POST', '/nest/transport', body)
}
