import type { Random } from '../simulation/random.ts'
import type { Knowledge } from './knowledge.ts'
import { mutatedBytes, mutatedJson, randomJson } from './mutate.ts'
import { controlSamples, deviceSamples, type Sample, SERIALS } from './samples.ts'

export type ListenerName = 'device' | 'control'

/** The bytes to send on one connection: sometimes valid requests, mostly not. */
export function fuzzedBytes(random: Random, listener: ListenerName, known: Knowledge): Buffer {
  // Sometimes several requests; each but the last leaves the connection open.
  const count = random.chance(0.2) ? 2 + random.int(5) : 1
  const requests = Array.from({ length: count }, (_, n) =>
    fuzzedRequest(random, listener, known, n === count - 1),
  )
  const whole = Buffer.concat(requests)
  return random.chance(0.05) ? mutatedBytes(random, whole) : whole
}

function fuzzedRequest(
  random: Random,
  listener: ListenerName,
  known: Knowledge,
  isLast: boolean,
): Buffer {
  const serial = random.pick(SERIALS)
  const samples = listener === 'device' ? deviceSamples : controlSamples
  const all = samples(random, serial, known)
  const sample = all[random.int(all.length)]
  if (sample === undefined) return Buffer.alloc(0)
  const body = bodyOf(random, sample.body)
  const chunked = body.length > 0 && random.chance(0.1)
  const lines = [
    requestLine(random, sample.line),
    `Host: ${host(random, listener)}`,
    ...(isLast ? ['Connection: close'] : []),
    ...identity(random, serial, known),
    ...length(random, chunked, body.length),
    ...(sample.headers ?? []),
    ...oddHeaders(random),
  ]
  const head = `${lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([
    random.chance(0.1) ? mutatedBytes(random, head) : Buffer.from(head),
    chunked ? inChunks(random, body) : body,
  ])
}

/** Odd ones are for the device listener alone: the control listener would refuse the request at once. */
function host(random: Random, listener: ListenerName): string {
  if (listener !== 'device' || random.chance(0.8)) return '127.0.0.1'
  const name = random.pick([
    'evil.example',
    'nas:9',
    '[::1]:80',
    '2130706433',
    'a, b',
    'x'.repeat(300),
  ])
  return random.chance(0.5)
    ? name
    : mutatedBytes(random, name)
        .toString('latin1')
        .replace(/[\r\n]/g, '')
}

function requestLine(random: Random, line: string): string {
  const [method, path = '/'] = line.split(' ')
  const asked = random.chance(0.05)
    ? random.pick(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'CONNECT'])
    : method
  const target = random.chance(0.1)
    ? mutatedBytes(random, path)
        .toString('latin1')
        .replace(/[\r\n ]/g, '')
    : path
  return `${asked} ${target} HTTP/1.${random.chance(0.02) ? 0 : 1}`
}

/** The headers that identify the caller, in every way that thermostats and programs do. */
function identity(random: Random, serial: string, known: Knowledge): string[] {
  const device = random.pick([
    `Authorization: Basic ${btoa(`d.${serial}.X:${random.pick(['secret', 'secret', 'other'])}`)}`,
    `Authorization: Basic ${btoa(`nest.${serial}:secret`)}`,
    `X-nl-client-id: d.${serial}.X`,
    `X-nl-device-id: ${serial}`,
    `X-nl-device-serial: ${serial.toLowerCase()}`,
  ])
  const token = random.pick([
    `X-API-Key: ${known.token(random)}`,
    `Authorization: Bearer ${known.token(random)}`,
  ])
  return [random.chance(0.97) ? device : '', random.chance(0.7) ? token : ''].filter(
    (line) => line !== '',
  )
}

function length(random: Random, chunked: boolean, bytes: number): string[] {
  if (random.chance(0.03)) return [`Content-Length: ${random.int(5000)}`]
  const lines = chunked ? ['Transfer-Encoding: chunked'] : []
  if (!chunked && bytes > 0) lines.push(`Content-Length: ${bytes}`)
  if (random.chance(0.03)) lines.push('Transfer-Encoding: chunked')
  return lines
}

function oddHeaders(random: Random): string[] {
  const lines: string[] = []
  if (random.chance(0.1)) {
    lines.push(`Content-Type: ${random.pick(['text/plain', 'application/json', 'x'])}`)
  }
  if (random.chance(0.03)) lines.push('Origin: http://evil.example')
  if (random.chance(0.02)) lines.push('Sec-Fetch-Site: cross-site')
  if (random.chance(0.03)) lines.push('Expect: 100-continue')
  if (random.chance(0.02)) lines.push('Upgrade: websocket', 'Connection: Upgrade')
  if (random.chance(0.02)) lines.push(`X-Long: ${'y'.repeat(random.int(20_000))}`)
  if (random.chance(0.02)) lines.push('X-Forwarded-For: 10.0.0.1')
  return lines
}

function bodyOf(random: Random, body: Sample['body']): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  if (body instanceof Uint8Array) {
    return random.chance(0.5) ? mutatedBytes(random, Buffer.from(body)) : Buffer.from(body)
  }
  let text = typeof body === 'string' ? body : JSON.stringify(mutatedBody(random, body))
  // Numbers that are valid JSON and that doubles cannot hold.
  if (random.chance(0.1)) text = text.replaceAll('"1e400"', '1e400').replaceAll('"-0"', '-1e999')
  if (random.chance(0.01)) text = '['.repeat(random.int(200_000))
  if (random.chance(0.01)) text += ' '.repeat(random.int(1_200_000))
  return random.chance(0.1) ? mutatedBytes(random, text) : Buffer.from(text)
}

/** Leaves about half of the bodies valid, so that later requests find stored data. */
function mutatedBody(random: Random, body: unknown): unknown {
  if (random.chance(0.05)) return randomJson(random)
  return random.chance(0.5) ? mutatedJson(random, body) : body
}

/** A chunked body in pieces of any size, sometimes with an extension or a trailer. */
function inChunks(random: Random, body: Buffer): Buffer {
  const parts: Buffer[] = []
  const most = random.pick([1, 7, 100, 10_000])
  for (let at = 0; at < body.length && parts.length < 20_000; ) {
    const piece = body.subarray(at, at + 1 + random.int(most))
    at += piece.length
    const extension = random.chance(0.02) ? ';name="value"' : ''
    const head = `${piece.length.toString(16)}${extension}\r\n`
    parts.push(Buffer.concat([Buffer.from(head), piece, Buffer.from('\r\n')]))
  }
  const trailer = random.chance(0.05) ? 'X-Trailer: x\r\n' : ''
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailer}\r\n`)])
}
