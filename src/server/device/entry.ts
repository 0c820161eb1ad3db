import { NleError } from '../../errors.ts'
import type { Bucket } from '../../protocol/bucket.ts'
import { identify } from '../../protocol/identity.ts'
import { decideEntry } from '../../protocol/pairing/decide-entry.ts'
import { entryReply, parseEntryFacts } from '../../protocol/pairing/entry-document.ts'
import type { Caller } from '../core/presence.ts'
import { ok, type Reply, type Request } from '../http/reply.ts'
import { isBrowser } from '../http/web-page.ts'
import type { CheckedRequest, DeviceHandler } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

const MAX_ENTRY_BODY_BYTES = 16 * 1024

/** `GET` and `POST /nest/entry`: the service URLs (`E1` to `E4`). */
export function entryHandler(services: DeviceServices): DeviceHandler {
  return async (request) => entryAnswer(services, request, await readable(request))
}

/**
 * `GET` and `POST /`: people enter the origin as `cloudregisterurl`, so a thermostat gets the entry here,
 * too (`E5`). A person with a browser is told what to enter.
 */
export function rootHandler(services: DeviceServices): DeviceHandler {
  return async (request) => {
    const body = await readable(request)
    if (isThermostat(request, body)) return entryAnswer(services, request, body)
    return ok({
      server: 'nolongerevil',
      message:
        'This port is for thermostats: enter the cloudregisterurl at each of them. Programs use the control API, on a port of its own (8082 unless CONTROL_PORT says otherwise).',
      cloudregisterurl: `${services.origins.of(request.raw)}/entry`,
    })
  }
}

/** The body; empty when it cannot be read, because a thermostat must always find its server. */
function readable({ text }: Request): Promise<string> {
  return text(MAX_ENTRY_BODY_BYTES).catch(() => '')
}

function isThermostat({ raw, query }: Request, body: string): boolean {
  const { headers } = raw
  return (
    !isBrowser(headers) ||
    identify({ headers, querySerial: query.get('serial') ?? undefined }) !== undefined ||
    query.has('mac') ||
    new URLSearchParams(body).has('mac')
  )
}

async function entryAnswer(
  services: DeviceServices,
  request: CheckedRequest,
  body: string,
): Promise<Reply> {
  const { caller } = request
  const buckets = caller === undefined ? [] : await recorded(services, caller, body)
  return ok(entryReply(services.origins.of(request.raw), services.version, buckets))
}

/**
 * Records the call, and returns the buckets for the caller (`E7`); none while another password is pinned,
 * and when anything fails.
 */
async function recorded(
  { core, passwords }: DeviceServices,
  caller: Caller,
  body: string,
): Promise<readonly Bucket[]> {
  const { presence, health } = core
  try {
    const isTrusted = await passwords.mayReadPairing(caller)
    return await presence.decide(
      caller,
      (input, contact) => decideEntry(input, contact, isTrusted),
      parseEntryFacts(body),
    )
  } catch (error) {
    // Already logged, at a limited rate.
    if (!(error instanceof NleError) || error.code !== 'rate_limited') {
      health.complain('entry not recorded', error, { serial: caller.serial })
    }
    return []
  }
}
