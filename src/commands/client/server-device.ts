import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { toSerial } from '../../protocol/identity.ts'
import { type Scale, scaleOf } from './answers.ts'
import type { ServerClient } from './client.ts'
import { findDevice, type Named } from './find-device.ts'

/** What the argument `<device>` may be, for the help of every command that takes one. */
export const DEVICE_HELP = 'serial, end of the serial, or name'

/** A thermostat of a running server. */
export interface ServerDevice extends Named {
  /** As `/status` tells it. */
  readonly status: JsonObject
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
    // A server may keep unpaired ones off its list, and know them by their serial all the same.
    const serial = toSerial(asked)
    const unlisted = error instanceof NleError && error.code === 'not_found'
    if (serial === undefined || !unlisted) throw error
    return client.status(serial).then(toDevice, () => Promise.reject(error))
  }
}

function toDevice(status: JsonObject): ServerDevice {
  const serial = String(status.serial ?? '')
  const name = typeof status.name === 'string' && status.name !== '' ? status.name : serial
  return { serial, name, status, scale: scaleOf(status) }
}
