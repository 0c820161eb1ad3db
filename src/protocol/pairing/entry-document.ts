/** What a thermostat tells about itself when it asks for its service URLs (`E3`). */
export interface EntryFacts {
  readonly model?: string
  readonly macAddress?: string
  readonly softwareVersion?: string
}

/**
 * An origin as a thermostat must see it (`E2`): scheme, host and always a port, 80 and 443
 * included, because its wifi chip keeps the socket of a sleeping processor only for URLs that name
 * one. A path is kept, a trailing slash is not.
 *
 * @throws TypeError when `text` is not an absolute http or https URL.
 */
export function explicitOrigin(text: string): string {
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${text} is neither an http nor an https URL`)
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return `${url.protocol}//${url.hostname}:${port}${url.pathname.replace(/\/+$/, '')}`
}

/** Whether an http or https URL names its port, be it the scheme's own. */
export function namesPort(text: string): boolean {
  return /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(text)
}

/** An origin of `explicitOrigin` with another port. */
export function withPort(origin: string, port: number): string {
  return origin.replace(/^(https?:\/\/.*?):\d+(\/|$)/, `$1:${port}$2`)
}

/** The answer of `/nest/entry`: where everything is (`E1`). */
export function entryReply(origin: string, serverVersion: string): Record<string, string> {
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
  }
}

const MAX_FACT_LENGTH = 64

/** The useful fields of a form-urlencoded entry body; whatever cannot be read is left out. */
export function parseEntryFacts(body: string): EntryFacts {
  const form = new URLSearchParams(body)
  const fact = (field: string): string | undefined => {
    const text = form.get(field)?.trim()
    return text !== undefined && /^[\x20-\x7e]+$/.test(text) && text.length <= MAX_FACT_LENGTH
      ? text
      : undefined
  }
  const model = fact('model')
  const macAddress = fact('mac')
  const softwareVersion = fact('software_version')
  return {
    ...(model === undefined ? {} : { model }),
    ...(macAddress === undefined ? {} : { macAddress }),
    ...(softwareVersion === undefined ? {} : { softwareVersion }),
  }
}
