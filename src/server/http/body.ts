import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { GrowingBody } from './growing-body.ts'
import { type Claim, SMALL_BYTES } from './memory-room.ts'

/** The largest body that a listener reads, bytes; a full upload of a thermostat is about 20 kB. */
export const MAX_BODY_BYTES = 1024 * 1024
/** The deepest JSON: a schedule has five levels. */
const MAX_DEPTH = 32
/** The most values in one JSON text; a full upload has about a thousand. */
const MAX_VALUES = 65_536
/** What a value takes in memory: an empty object is written with two characters, and takes most. */
const VALUE_BYTES = 64

const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Large bodies, bytes in memory: a full upload is some 100 kB. Work on them keeps others waiting. */
export const LARGE_BODY_RATE = {
  own: { atOnce: 16e6, perMinute: 16e6 },
  spare: { atOnce: 2e6, perMinute: 4e6 },
  shared: { atOnce: 32e6, perMinute: 48e6 },
}

/** What the body of one request may take. */
export interface BodyLimits {
  /** The memory of the request; it keeps what the body takes. */
  readonly claim: Claim
  /** Called with the bytes of a body or value that is costly to work on; may throw. */
  admit(bytes: number): void
  /** Awaited once a large body is there, before anything is done with it. */
  turn(): Promise<void>
  readonly maxBytes?: number | undefined
}

/**
 * The whole body as text.
 *
 * @throws NleError `too_large` beyond `maxBytes`; `rate_limited` when there is no room for it now;
 * `invalid` when it is not UTF-8 or ends early
 */
export async function readText(
  request: IncomingMessage,
  { claim, admit, turn, maxBytes = MAX_BODY_BYTES }: BodyLimits,
): Promise<string> {
  const announced = Number(request.headers['content-length'])
  if (announced > maxBytes) throw tooLarge(maxBytes)
  if (announced > SMALL_BYTES) admit(announced)
  const bytes = await readBytes(request, maxBytes, claim)
  if (bytes.length > SMALL_BYTES) await turn()
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid UTF-8.', { cause })
  }
}

/** Uses events, because an async iterator costs as much as the rest of a small request. */
function readBytes(request: IncomingMessage, maxBytes: number, claim: Claim): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = new GrowingBody(claim)
    // A held request must not keep its body.
    const settle = (act: () => void): void => {
      request.off('data', take).off('end', done).off('error', broken).off('close', broken)
      act()
    }
    const fail = (error: NleError): void => settle(() => reject(error))
    const take = (chunk: Buffer): void => {
      if (body.size + chunk.length > maxBytes) fail(tooLarge(maxBytes))
      else if (!body.add(chunk)) fail(tooMuchAtOnce())
    }
    const done = (): void => settle(() => resolve(body.bytes()))
    const broken = (cause?: Error): void => {
      fail(new NleError('invalid', 'The body ended before it was complete.', { cause }))
    }
    request.on('data', take).on('end', done).on('error', broken).on('close', broken)
    if (request.destroyed) broken()
  })
}

/**
 * The value of a JSON text.
 *
 * @param limits - the memory has to hold the value, too
 * @throws NleError `invalid` when it is no JSON, nested deeper than any bucket, or has more values;
 * `rate_limited` when there is no room for it now
 */
export function parseJson(text: string, { claim, admit }: BodyLimits): unknown {
  const { values, levels } = mostIn(text)
  if (values > MAX_VALUES) {
    throw new NleError('invalid', `The JSON has more than ${MAX_VALUES} values.`)
  }
  // The text with its value.
  const bytes = 2 * text.length + values * VALUE_BYTES
  if (bytes > SMALL_BYTES) admit(bytes)
  if (!claim.growTo(bytes)) throw tooMuchAtOnce()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid JSON.', { cause })
  }
  if (levels > MAX_DEPTH && isDeeperThan(value, MAX_DEPTH)) {
    throw new NleError('invalid', `The JSON is nested deeper than ${MAX_DEPTH} levels.`)
  }
  return value
}

/**
 * At least as many values and levels as a JSON text has. A value is the first in a list or object, or follows a
 * comma; each list and object may be one level more.
 */
function mostIn(text: string): { values: number; levels: number } {
  let commas = 0
  let levels = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === COMMA) commas += 1
    else if (code === BRACKET || code === BRACE) levels += 1
  }
  return { values: 1 + commas + levels, levels }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((each) => isDeeperThan(each, levels - 1))
}

function tooLarge(maxBytes: number): NleError {
  return new NleError('too_large', `The body is larger than ${maxBytes} bytes.`)
}

function tooMuchAtOnce(): NleError {
  return new NleError('rate_limited', 'Too many large bodies are on their way. Try again.', {
    details: { retryAfterS: 10 },
  })
}
