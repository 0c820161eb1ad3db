import { NleError } from '../../errors.ts'
import type { Bucket } from '../../protocol/bucket.ts'
import { basicCredentials, identify } from '../../protocol/identity.ts'
import { decideEntry } from '../../protocol/pairing/decide-entry.ts'
import { entryReply, parseEntryFacts } from '../../protocol/pairing/entry-document.ts'
import type { Caller } from '../core/presence.ts'
import { type Handler, ok, type Reply, type Request } from '../http/reply.ts'
import { isBrowser } from '../http/web-page.ts'
import { namedCaller } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

const MAX_ENTRY_BODY_BYTES = 16 * 1024

/** `GET` and `POST /nest/entry`: the service URLs (`E1` to `E4`). */
export function entryHandler(services: DeviceServices): Handler {
  return async (request) => entryAnswer(services, request, await readable(request))
}

/**
 * `GET` and `POST /`: people enter the origin as `cloudregisterurl`, so a thermostat gets the entry here,
 * too (`E5`). A person with a browser is told what to enter.
 */
export function rootHandler(services: DeviceServices): Handler {
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
  request: Request,
  body: string,
): Promise<Reply> {
  const caller = namedCaller(request)
  const buckets = caller === undefined ? [] : await recorded(services, request, caller, body)
  return ok(entryReply(services.origins.of(request.raw), services.version, buckets))
}

/** Records the call, and returns the buckets for the caller; none when anything fails. */
async function recorded(
  services: DeviceServices,
  request: Request,
  caller: Caller,
  body: string,
): Promise<readonly Bucket[]> {
  const { presence, health } = services.core
  try {
    const isTrusted = await mayHaveBuckets(services, request, caller)
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

/**
 * Whether the caller gets the buckets of its thermostat (`E7`): only under a `Host` of this server, which
 * a stranger's page cannot have, and while passwords are pinned only with the right one.
 */
async function mayHaveBuckets(
  { isOurHost, pinning }: DeviceServices,
  { raw: { headers } }: Request,
  { serial }: Caller,
): Promise<boolean> {
  if (!isOurHost(headers.host)) return false
  if (pinning === undefined) return true
  return pinning.hasRightPassword(serial, basicCredentials(headers.authorization)?.password)
}
