import { entryReply, parseEntryFacts } from '../../protocol/entry.ts'
import { identify } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { DeviceServices } from './routes.ts'

const MAX_ENTRY_BODY_BYTES = 16 * 1024

/** `GET` and `POST /nest/entry`: where everything is (`E1` to `E4`). */
export function entryHandler({ core, info, originFor }: DeviceServices): Handler {
  return async ({ raw, query, text }) => {
    const serial = identify({ headers: raw.headers, querySerial: query.get('serial') ?? undefined })
    // Discovery is answered whatever the body is; a thermostat must always find its server.
    const body = await text(MAX_ENTRY_BODY_BYTES).catch(() => '')
    if (serial !== undefined) {
      const facts = parseEntryFacts(body)
      await core.writer
        .commit((tx) => core.contacts.heard(tx, serial, facts))
        .catch((error) => core.log.warn('entry not recorded', { serial, error: String(error) }))
    }
    return ok(entryReply(originFor(raw.socket.localAddress), info.version))
  }
}
