import type { Bucket, JsonObject } from '../bucket.ts'

/** What a thermostat tells about itself when it asks for the service URLs (`E3`). */
export interface EntryFacts {
  readonly model?: string
  readonly macAddress?: string
  readonly softwareVersion?: string
}

/**
 * An origin for a thermostat (`E2`): scheme, host and always a port, 80 and 443 included, because only
 * with a port its wifi chip keeps the socket while its processor sleeps. A path is kept, a trailing slash
 * is not.
 *
 * @throws TypeError when `text` is not an absolute http or https URL
 */
export function explicitOrigin(text: string): string {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${text} is neither an http nor an https URL`)
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return `${url.protocol}//${url.hostname}:${port}${url.pathname.replace(/\/+$/, '')}`
}

/** Whether an http or https URL names its port, the scheme's own included. */
export function namesPort(text: string): boolean {
  return /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(text)
}

/** An origin of `explicitOrigin` with another port. */
export function withPort(origin: string, port: number): string {
  return origin.replace(/^(https?:\/\/.*?):\d+(\/|$)/, `$1:${port}$2`)
}

/** The answer of `/nest/entry`: the service URLs (`E1`), and the buckets that go along (`E7`). */
export function entryReply(
  origin: string,
  serverVersion: string,
  buckets: readonly Bucket[] = [],
): JsonObject {
  return {
    czfe_url: `${origin}/nest/transport`,
    transport_url: `${origin}/nest/transport`,
    direct_transport_url: `${origin}/nest/transport`,
    passphrase_url: `${origin}/nest/passphrase`,
    ping_url: `${origin}/nest/transport`,
    pro_info_url: `${origin}/nest/pro_info`,
    weather_url: `${origin}/nest/weather/v1?query=`,
    upload_url: `${origin}/nest/upload`,
    software_update_url: '',
    server_version: serverVersion,
    tier_name: 'local',
    ...Object.fromEntries(
      buckets.map(({ objectKey, revision, timestamp, value }) => [
        objectKey,
        { object_revision: revision, object_timestamp: timestamp, value },
      ]),
    ),
  }
}

/** The field of an entry body that has each fact. */
const FACT_FIELDS: Readonly<Record<keyof EntryFacts, string>> = {
  model: 'model',
  macAddress: 'mac',
  softwareVersion: 'software_version',
}

/** The facts in a form-urlencoded entry body. A fact is 1 to 64 printable characters, or left out. */
export function parseEntryFacts(body: string): EntryFacts {
  const form = new URLSearchParams(body)
  const facts = Object.entries(FACT_FIELDS).map(([fact, field]) => [fact, form.get(field)?.trim()])
  return Object.fromEntries(facts.filter(([, text]) => /^[\x20-\x7e]{1,64}$/.test(text ?? '')))
}
