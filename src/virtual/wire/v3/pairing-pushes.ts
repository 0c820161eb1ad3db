import { type Device, violate } from '../../device/device.ts'
import { type DeviceBucket, typeOfKey } from '../../device/device-bucket.ts'

/**
 * Counts the pushes of the pairing by key. Transport v3 never lists `user` and `structure`, so a server
 * that waits until they are listed pushes them for ever. Right is one push each after a claim and one after
 * each entry (V8); a claim needs a code on the screen.
 */
export function countPairingPush(device: Device, { key, value }: DeviceBucket): void {
  const type = typeOfKey(key)
  // Commands to the structure, such as `manual_eco_all`, go out without a name.
  if ((type !== 'user' && type !== 'structure') || !('name' in value)) return
  const { pushes } = device.pairingPushes
  const count = (pushes.get(key) ?? 0) + 1
  pushes.set(key, count)
  const { entries, codes } = device.pairingPushes
  if (count > entries + codes) {
    const since = `${entries} entries and ${codes} codes`
    violate(device, 'V8', `the pairing bucket ${key} was pushed ${count} times after ${since}`)
  }
}
