import type { Status } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { closest } from '../../protocol/closest.ts'
import { EVERY_THERMOSTAT } from '../../protocol/commands/set-name.ts'
import { toSerial } from '../../protocol/identity.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { printable, shellWord } from '../terminal/printable.ts'
import { scaleOf } from './answers.ts'
import type { ServerClient } from './client.ts'

/** What the argument `<device>` may be, for the help of every verb that takes one. */
export const DEVICE_HELP = 'name, beginning of the name, serial, or end of the serial'

/** What a thermostat can be named by. */
export interface Named {
  readonly serial: string
  readonly name: string
}

/** A thermostat of a running server. */
export interface ServerDevice extends Named {
  readonly status: Status
  readonly scale: Scale
}

/** A shorter ending could match a serial by accident. */
const MIN_ENDING = 2
const MAX_LISTED = 10

export const NONE_PAIRED = 'No thermostat is paired yet. Pair one with "nle pair".'

/** Whether a person means every thermostat. */
export function isEvery(asked: string): boolean {
  return asked.trim().toLowerCase() === EVERY_THERMOSTAT
}

/**
 * The thermostat a person means, in any case: by its name, its serial, the end of its serial, or the
 * beginning of its name.
 *
 * @throws NleError `not_found`, listing what there is; `invalid` when it could be several
 */
export function findDevice<T extends Named>(devices: readonly T[], asked: string): T {
  const text = asked.trim().toUpperCase()
  if (isEvery(asked)) {
    throw new NleError(
      'invalid',
      `"${EVERY_THERMOSTAT}" stands for every thermostat, and this command takes one: ${listed(devices)}.`,
    )
  }
  const called = ({ name }: Named): string => name.trim().toUpperCase()
  const ways: readonly ((device: Named) => boolean)[] = [
    (device) => called(device) === text,
    ({ serial }) => serial === text,
    ({ serial }) => text.length >= MIN_ENDING && serial.endsWith(text),
    (device) => text !== '' && called(device).startsWith(text),
  ]
  for (const fits of ways) {
    const found = devices.filter(fits)
    const [only] = found
    if (found.length === 1 && only !== undefined) return only
    if (found.length > 1) {
      throw new NleError(
        'invalid',
        `"${printable(asked)}" could be ${found.length} thermostats: ${listed(found)}. Write more of the name, or the serial or enough of its end.`,
      )
    }
  }
  const short = text.length < MIN_ENDING && devices.some(({ serial }) => serial.endsWith(text))
  const near = closest(
    asked.trim(),
    devices.map(({ name }) => name),
  )
  const meant = near === undefined ? '' : ` Did you mean ${printable(near)}?`
  const why = short ? ` The end of a serial needs at least ${MIN_ENDING} characters.` : ''
  throw new NleError(
    'not_found',
    devices.length === 0
      ? `There is no thermostat "${printable(asked)}": none is on file. Pair one with "nle pair".`
      : `There is no thermostat "${printable(asked)}". There is ${listed(devices)}.${meant}${why}`,
  )
}

/** Every thermostat of a running server. */
export async function serverDevices(client: ServerClient): Promise<ServerDevice[]> {
  return (await client.devices()).map(toDevice)
}

/** As `findDevice`, among the thermostats of a running server. */
export async function deviceNamed(client: ServerClient, asked: string): Promise<ServerDevice> {
  const devices = await serverDevices(client)
  try {
    return findDevice(devices, asked)
  } catch (error) {
    // A server that requires pairing keeps unpaired thermostats off its list, but has their status.
    const serial = toSerial(asked)
    const unlisted = error instanceof NleError && error.code === 'not_found'
    if (serial === undefined || !unlisted) throw error
    return client.status(serial).then(toDevice, () => Promise.reject(error))
  }
}

/**
 * The thermostat that a person names, or, without a name, the only paired one.
 *
 * @param example - what to type instead, up to the name
 * @throws NleError as `deviceNamed`; `invalid` when there are several and none is named
 */
export async function deviceOrOnly(
  client: ServerClient,
  asked: string | undefined,
  example: string,
): Promise<ServerDevice> {
  if (asked !== undefined) return deviceNamed(client, asked)
  const paired = (await serverDevices(client)).filter(({ status }) => status.owner !== null)
  const [first] = paired
  if (first === undefined) throw new NleError('not_found', NONE_PAIRED)
  if (paired.length === 1) return first
  throw new NleError(
    'invalid',
    `Say for which thermostat, as in: ${example} ${shellWord(first.name)}. There is ${listed(paired)}.`,
  )
}

/**
 * Makes sure that a person may command a thermostat: without an owner it may be anybody's. Programs are not
 * asked (`POST /command`, MQTT).
 *
 * @param force - what `--force` says
 * @throws NleError `unauthorized` when it is not paired
 */
export function requirePaired({ serial, name, status }: ServerDevice, force: boolean): void {
  if (status.owner !== null || force) return
  const called = printable(name === serial ? serial : `${name} (${serial})`)
  throw new NleError(
    'unauthorized',
    `${called} is not paired, and only paired thermostats take commands here. Pair it with "nle pair": its code is on its screen, under Settings, Nest App, Get Entry Code. For a test, add --force.`,
  )
}

/** The option of every verb that sends commands. */
export const FORCE: readonly [flags: string, help: string] = [
  '--force',
  'also when it is not paired, for tests',
]

function toDevice(status: Status): ServerDevice {
  return { serial: status.serial, name: status.name, status, scale: scaleOf(status) }
}

function listed(devices: readonly Named[]): string {
  const shown = devices
    .slice(0, MAX_LISTED)
    .map(({ serial, name }) => printable(name === serial ? serial : `${name} (${serial})`))
  const more = devices.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
