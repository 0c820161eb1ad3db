import type { IncomingHttpHeaders } from 'node:http'

/** Whether a proxy says that it forwards the request of somebody else. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  )
}
