import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Whether a header says that a proxy forwards the request. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  )
}

/**
 * The scheme with which a browser reached this server, or a proxy in front of it. Anybody can claim one; a page of
 * elsewhere cannot.
 */
export function schemeOf({ headers, socket }: IncomingMessage): 'http' | 'https' {
  const [claimed] = [headers['x-forwarded-proto'] ?? []].flat()
  const nearest = claimed?.split(',')[0] ?? /proto="?(\w+)/i.exec(headers.forwarded ?? '')?.[1]
  return 'encrypted' in socket || nearest?.trim().toLowerCase() === 'https' ? 'https' : 'http'
}
