import { type Device, violate } from '../device/device.ts'
import { parseJsonObject, type WireObject } from '../json.ts'
import { scan } from './v3/scan.ts'

/** What a corrupted key was seen to end with on a real thermostat (V9). */
const NOISE = ' ._sync'

/**
 * Reads a document of the server with the parser that the firmware has: the one of v3 turns blanks into
 * parts of names, and asks for corrupted keys from then on (V1).
 *
 * @returns undefined for a text that is no JSON object
 */
export function readDocument(device: Device, text: string): WireObject | undefined {
  if (device.profile.transport !== 'v3') return parseJsonObject(text)
  const scanned = scan(text)
  if (scanned.blanks > 0) {
    const shown = JSON.stringify(text.slice(0, 80))
    violate(device, 'V1', `${scanned.blanks} blanks between tokens: ${shown}`)
    device.keyNoise = NOISE
  }
  return parseJsonObject(scanned.text)
}
