import type { IncomingHttpHeaders } from 'node:http'

/** Whether a header says that a proxy forwards the request. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  )
}
