import { NleError } from '../../errors.ts'
import { entryReply, parseEntryFacts } from '../../protocol/pairing/entry-document.ts'
import { type Handler, ok } from '../http/reply.ts'
import { namedCaller } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

const MAX_ENTRY_BODY_BYTES = 16 * 1024

/** `GET` and `POST /nest/entry`: where everything is (`E1` to `E4`). */
export function entryHandler({ core, info, originFor }: DeviceServices): Handler {
  return async (request) => {
    const { raw, text } = request
    const caller = namedCaller(request)
    // Discovery is answered whatever the body is; a thermostat must always find its server.
    const body = await text(MAX_ENTRY_BODY_BYTES).catch(() => '')
    if (caller !== undefined) {
      const facts = parseEntryFacts(body)
      await core.writer
        .commit((tx) => core.contacts.heard(tx, caller, facts))
        .catch((error) => {
          // That is logged already, and as often as is good for the log.
          if (error instanceof NleError && error.code === 'rate_limited') return
          core.health.complain('entry not recorded', error, { serial: caller.serial })
        })
    }
    return ok(entryReply(originFor(raw.socket.localAddress), info.version))
  }
}
