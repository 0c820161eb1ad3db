import { NleError } from '../../errors.ts'
import type { Named } from '../client/find-device.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'
import { waitFor } from '../terminal/progress.ts'
import type { PairingProgress, PairWay } from './ways.ts'

/** A connected thermostat confirms within seconds. */
const CONFIRM_TIMEOUT_MS = 60_000

/** Waits until the thermostat confirms; undefined when it does not in time. */
export async function waitForConfirmation(
  way: PairWay,
  { serial }: Named,
  io: Io,
): Promise<PairingProgress | undefined> {
  const text = () => `Code taken. Waiting for ${printable(serial)} to confirm`
  try {
    return await waitFor(io, text, CONFIRM_TIMEOUT_MS, async () => {
      const progress = await way.progress(serial)
      return progress?.confirmed === true ? progress : undefined
    })
  } catch (error) {
    if (!io.stop.aborted) throw error
    throw new NleError('cancelled', `${printable(serial)} is paired; stopped waiting for it.`, {
      cause: error,
    })
  }
}
