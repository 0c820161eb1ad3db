import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Writes bytes to a listener unchanged and reads every answer until the server closes the connection.
 *
 * @param end - whether the client closes its side after the last byte
 */
export function rawExchange(
  url: string,
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  end = false,
): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname)
    const done = (): void => resolve(parseAnswers(Buffer.concat(chunks).toString('latin1')))
    socket.on('data', (chunk) => chunks.push(chunk))
    // The server resets a connection whose body it refuses to read, after the answer.
    socket.on('error', () => {})
    socket.on('close', done)
    for (const each of typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes) {
      socket.write(each)
    }
    if (end) socket.end()
  })
}

/** Sends one request with the headers HTTP requires and `Connection: close`. */
export async function rawRequest(
  url: string,
  requestLine: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): Promise<RawAnswer> {
  const all = { Host: new URL(url).host, Connection: 'close', ...headers }
  const announced = Object.keys(all).some((name) =>
    /^(content-length|transfer-encoding)$/i.test(name),
  )
  const size = Buffer.byteLength(body)
  const lines = Object.entries(
    size > 0 && !announced ? { ...all, 'Content-Length': String(size) } : all,
  ).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${requestLine} HTTP/1.1\r\n${lines.join('')}\r\n`
  const [answer] = await rawExchange(url, [head, body])
  return answer ?? { status: 0, headers: {}, body: '' }
}

function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  while (rest.startsWith('HTTP/1.1 ')) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((each) => {
        const colon = each.indexOf(':')
        return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()]
      }),
    )
    const after = rest.slice(end + 4)
    const length = headers['content-length']
    const size = length === undefined ? bodySize(after) : Number(length)
    const status = Number(line.split(' ')[1])
    answers.push({ status, headers, body: after.slice(0, size) })
    rest = after.slice(size)
  }
  return answers
}

/** The size of a body without Content-Length: up to the next answer or the end. */
function bodySize(text: string): number {
  const next = text.indexOf('HTTP/1.1 ')
  return next < 0 ? text.length : next
}
