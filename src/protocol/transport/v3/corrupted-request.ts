/** A request that node's parser refused, as nle reads it. */
export interface RepairedRequest {
  readonly url: string
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

const REQUEST_LINE =
  /^GET ((?:\/nest)?\/(?:transport|czfe)\/v3\/device\/[\w.]+) [^\r\n]* HTTP\/1\.1$/
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e]*$/

/**
 * Reads a listing request of transport v3 whose path carries a corrupted key, as in
 * `GET /nest/transport/v3/device/device.SERIAL ._sync HTTP/1.1` (`V9`). Everything from the first blank on
 * is noise. Undefined for any other request, one with a body or a header sent twice included.
 *
 * @param packet - all bytes of the connection so far, one character per byte
 */
export function repairRequest(packet: string): RepairedRequest | undefined {
  if (!packet.endsWith('\r\n\r\n')) return undefined
  const [requestLine = '', ...lines] = packet.slice(0, -'\r\n\r\n'.length).split('\r\n')
  const url = REQUEST_LINE.exec(requestLine)?.[1]
  if (url === undefined) return undefined
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (colon < 0 || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) return undefined
    if (announcesBody(name, value) || headers.has(name)) return undefined
    headers.set(name, value)
  }
  return { url, headers: Object.fromEntries(headers) }
}

function announcesBody(name: string, value: string): boolean {
  return name === 'transfer-encoding' || (name === 'content-length' && value !== '0')
}
