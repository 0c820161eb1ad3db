import { signal } from '@preact/signals'
import type { Sent } from '../../api/endpoints.ts'
import { RequestError, request } from '../client/request.ts'
import type { AskedChange } from './delivery-line.ts'
import { SendQueue } from './send-queue.ts'

type Command = Pick<NonNullable<Sent<'sendCommand'>['body']>, 'command' | 'value'>

/** By serial: the last that this page asked for. */
export const asked = signal<ReadonlyMap<string, AskedChange>>(new Map())

/** By serial: the commands of one thermostat go out one after the other. */
const queues = new Map<string, SendQueue<Command, boolean>>()

/**
 * Sends a command for a thermostat, after those that were sent before. What becomes of it is told in the line
 * of that thermostat.
 *
 * @returns whether the server took it, or the later command that took its place
 */
export function send(
  serial: string,
  command: Command['command'],
  value: Command['value'],
): Promise<boolean> {
  tell(serial, { state: 'sending' })
  return queueOf(serial).put(aboutOf({ command, value }), { command, value })
}

function queueOf(serial: string): SendQueue<Command, boolean> {
  const known = queues.get(serial)
  if (known !== undefined) return known
  const queue = new SendQueue((command: Command) => post(serial, command))
  queues.set(serial, queue)
  return queue
}

/** What a command sets: of two that set the same, only the later counts. */
function aboutOf({ command, value }: Command): string {
  const fields = typeof value === 'object' && value !== null ? Object.keys(value).sort() : []
  return [command, ...fields].join(' ')
}

async function post(serial: string, command: Command): Promise<boolean> {
  try {
    const body = { serial, ...command, given_by: 'person' } as const
    const { change_id: changeId } = await request('sendCommand', { body })
    // From now on the stream of events tells.
    tell(serial, { state: 'sending', changeId })
    return true
  } catch (error) {
    const isAnswer = error instanceof RequestError && error.status !== 0
    tell(serial, isAnswer ? { state: 'refused', why: error.message } : { state: 'unreached' })
    return false
  }
}

function tell(serial: string, what: AskedChange): void {
  asked.value = new Map(asked.value).set(serial, what)
}
