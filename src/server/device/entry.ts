import { NleError } from '../../errors.ts'
import { entryReply, parseEntryFacts } from '../../protocol/pairing/entry-document.ts'
import { type Handler, ok } from '../http/reply.ts'
import { namedCaller } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

const MAX_ENTRY_BODY_BYTES = 16 * 1024

/** `GET` and `POST /nest/entry`: the service URLs (`E1` to `E4`). */
export function entryHandler({ core, version, originFor }: DeviceServices): Handler {
  return async (request) => {
    const { raw, text } = request
    const caller = namedCaller(request)
    // Even a body that cannot be read is answered: a thermostat must always find its server.
    const body = await text(MAX_ENTRY_BODY_BYTES).catch(() => '')
    if (caller !== undefined) {
      const facts = parseEntryFacts(body)
      await core.presence.heard(caller, facts).catch((error) => {
        // Already logged, at a limited rate.
        if (error instanceof NleError && error.code === 'rate_limited') return
        core.health.complain('entry not recorded', error, { serial: caller.serial })
      })
    }
    return ok(entryReply(originFor(raw.socket.localAddress), version))
  }
}
