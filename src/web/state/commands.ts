import { signal } from '@preact/signals'
import type { Sent } from '../../api/endpoints.ts'
import { RequestError, request } from '../client/request.ts'
import type { Asked } from './delivery-line.ts'
import { thermostats } from './household.ts'

type Command = NonNullable<Sent<'sendCommand'>['body']>

/** By serial: what this page asked for and the server has not reported on. */
export const asked = signal<ReadonlyMap<string, Asked>>(new Map())

/**
 * Sends a command for a thermostat. What becomes of it is told in the line of that thermostat.
 *
 * @returns whether the server took it
 */
export async function send(
  serial: string,
  command: Command['command'],
  value: Command['value'],
): Promise<boolean> {
  tell(serial, { state: 'sending' })
  try {
    await request('sendCommand', { body: { serial, command, value, given_by: 'person' } })
    // From now on the stream of events tells.
    tell(serial, undefined)
    return true
  } catch (error) {
    const isAnswer = error instanceof RequestError && error.status !== 0
    tell(serial, isAnswer ? { state: 'refused', why: error.message } : { state: 'unreached' })
    // What was shown as wanted is not: show again what counts.
    thermostats.value = new Map(thermostats.value)
    return false
  }
}

function tell(serial: string, what: Asked | undefined): void {
  const next = new Map(asked.value)
  if (what === undefined) next.delete(serial)
  else next.set(serial, what)
  asked.value = next
}
