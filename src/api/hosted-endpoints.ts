import type { HostedBucket } from '../protocol/hosted/hosted-state.ts'
import { endpoint } from './endpoint.ts'
import {
  anything,
  choice,
  constant,
  either,
  list,
  object,
  of,
  record,
  type Schema,
} from './schema.ts'
import { flag, invalid, notFound, schedule, serial, text, tooMany } from './shapes.ts'

const success = constant(true)
const id = object({ id: of('string', 'The serial of the thermostat') })
const device = object({ id: serial, serial, name: text })
const scale = choice(['C', 'F'], 'C unless given')
const bucket: Schema<HostedBucket> = object({
  object_revision: of('number'),
  object_timestamp: of('number', 'Ms since epoch'),
  value: of('object'),
})
const handled = object({
  success,
  message: text,
  device: serial,
  object: of('string', 'The bucket that the command sets'),
  revision: of('number'),
  timestamp: of('number', 'Ms since epoch'),
})

/** A request that sets something. */
function setting(path: string, method: 'POST' | 'PUT', summary: string, body: Schema<unknown>) {
  return endpoint(method, `/api/v1/thermostat/:id/${path}`, 'control', 'hosted', {
    summary,
    params: id,
    body,
    answer: handled,
    refusals: [invalid, notFound, tooMany],
  })
}

/**
 * The API v1 of the hosted service, so that apps made for it work with this server under its address. Refusals
 * have its words in `error` and nle's in `message`.
 */
export const HOSTED_ENDPOINTS = {
  hostedDevices: endpoint('GET', '/api/v1/devices', 'read', 'hosted', {
    summary: 'The paired thermostats',
    answer: object({
      devices: list(object({ id: serial, serial, name: text, accessType: constant('owner') })),
    }),
  }),
  hostedStatus: endpoint('GET', '/api/v1/thermostat/:id/status', 'read', 'hosted', {
    summary: 'The buckets of a thermostat, without secrets',
    params: id,
    answer: object({ device, state: record(bucket, 'By object key') }),
    refusals: [notFound],
  }),
  hostedTemperature: setting(
    'temperature',
    'POST',
    'Set the temperature of heat or cool',
    object({ value: of('number') }, { mode: choice(['heat', 'cool']), scale }),
  ),
  hostedRange: setting(
    'temperature/range',
    'POST',
    'Set both bounds of heat-cool',
    object({ low: of('number'), high: of('number') }, { scale }),
  ),
  hostedMode: setting(
    'mode',
    'POST',
    'Set the mode',
    object({ mode: choice(['heat', 'cool', 'heat-cool', 'off', 'emergency']) }),
  ),
  hostedAway: setting('away', 'POST', 'Say whether somebody is at home', object({ away: flag })),
  hostedFan: setting(
    'fan',
    'POST',
    'Run the fan',
    object(
      {},
      {
        mode: choice(['on', 'auto', 'off']),
        duration: of('number', 'Seconds', { minimum: 0, maximum: 43_200 }),
        enabled: of('boolean', 'on or auto, as one app says it'),
      },
    ),
  ),
  hostedLock: setting(
    'lock',
    'POST',
    'Lock the temperature between two bounds',
    object(
      { enabled: flag },
      {
        pin: of('string', '4 digits'),
        pin_hash: of('string', 'Base64(SHA1(PIN + serial))'),
        temp_min: of('number', '°C; needed to lock'),
        temp_max: of('number', '°C; needed to lock'),
      },
    ),
  ),
  hostedSchedule: endpoint('GET', '/api/v1/thermostat/:id/schedule', 'read', 'hosted', {
    summary: 'The weekly schedule. Day 0 is Monday',
    params: id,
    answer: object({ device, schedule: either(schedule, of('null')) }),
    refusals: [notFound],
  }),
  hostedSetSchedule: setting(
    'schedule',
    'PUT',
    'Replace the weekly schedule. Day 0 is Monday',
    object({ schedule: anything('As the answer of GET has it') }),
  ),
  hostedDelete: endpoint('DELETE', '/api/v1/thermostat/:id', 'admin', 'hosted', {
    summary: 'Unpair a thermostat; it stays on file',
    params: id,
    answer: object({ success, message: text }),
    refusals: [notFound],
  }),
} as const
