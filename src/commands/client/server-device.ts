import type { Status } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { toSerial } from '../../protocol/identity.ts'
import { type Scale, scaleOf } from './answers.ts'
import type { ServerClient } from './client.ts'
import { findDevice, type Named } from './find-device.ts'

/** What the argument `<device>` may be, for the help of every verb that takes one. */
export const DEVICE_HELP = 'serial, end of the serial, or name'

/** A thermostat of a running server. */
export interface ServerDevice extends Named {
  readonly status: Status
  readonly scale: Scale
}

/**
 * The thermostat a person means.
 *
 * @throws NleError `not_found`, `invalid` when it could be several
 */
export async function deviceNamed(client: ServerClient, asked: string): Promise<ServerDevice> {
  const devices = (await client.devices()).map(toDevice)
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

function toDevice(status: Status): ServerDevice {
  return { serial: status.serial, name: status.name, status, scale: scaleOf(status) }
}
