import type { Io } from '../terminal/io.ts'
import { waitFor } from '../terminal/progress.ts'
import type { MatterAnswer, MqttAnswer } from './answers.ts'
import type { ServerClient } from './client.ts'

// What a server does after it was told to: it answers at once, and whether it works shows some time later.

/** How long to wait for the broker's answer. */
const BROKER_TIMEOUT_MS = 6_000
/** Loading Matter takes a few seconds, on a small machine half a minute. */
const BRIDGE_TIMEOUT_MS = 60_000

/** The status once all is published, or the broker refused, or the time is over. */
export async function settledBroker(client: ServerClient, io: Io): Promise<MqttAnswer> {
  let status: MqttAnswer = { configured: true, connected: false }
  const text = (): string =>
    status.connected ? 'Connected. Publishing the thermostats' : 'Connecting to the broker'
  await waitFor(io, text, BROKER_TIMEOUT_MS, async () => {
    status = await client.call('getMqttConfig')
    return isPublished(status) || typeof status.lastError === 'string' ? true : undefined
  })
  return status
}

function isPublished({ connected, messagesSent, messagesWaiting }: MqttAnswer): boolean {
  return connected && messagesSent !== 0 && messagesWaiting === 0
}

/** The status once the bridge runs, or failed, or the time is over. */
export async function settledBridge(client: ServerClient, io: Io): Promise<MatterAnswer> {
  let status = await client.call('getMatter')
  await waitFor(
    io,
    () => 'Starting Matter',
    BRIDGE_TIMEOUT_MS,
    async () => {
      status = await client.call('getMatter')
      return !status.on || status.running || status.last_error !== null ? true : undefined
    },
  )
  return status
}
