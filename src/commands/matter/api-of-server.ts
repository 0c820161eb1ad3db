import type { NleApi } from '../../matter/nle-api.ts'
import type { BridgeStart } from '../../protocol/matter/messages.ts'
import { ServerClient } from '../client/client.ts'
import { EventStream } from '../client/event-stream.ts'
import type { ServerAddress } from '../client/http-json.ts'
import { TOKEN_ENV } from '../options/server-options.ts'

/** The control API of the server that started this process. */
export function apiOfServer({ url, socketPath, token }: BridgeStart, stop: AbortSignal): NleApi {
  const address: ServerAddress = socketPath === null ? { url } : { url, socketPath }
  const env = { [TOKEN_ENV]: token }
  const client = new ServerClient(address, { env, stop })
  return {
    devices: () => client.devices(),
    status: (serial) => client.status(serial),
    async command(serial, { command, value }) {
      await client.call('sendCommand', { body: { serial, command, value } })
    },
    events: (connected, stop) => new EventStream({ env, stop }).connect(address, connected),
  }
}
