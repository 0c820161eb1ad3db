import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { type BodyRoom, GrowingBody, SMALL_BYTES } from './growing-body.ts'

/** The largest body that a listener reads, bytes; a full upload of a thermostat is about 20 kB. */
export const MAX_BODY_BYTES = 1024 * 1024
/** The deepest JSON: a schedule has five levels. */
const MAX_DEPTH = 32

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The whole body as text.
 *
 * @param room - shared by the bodies of one listener
 * @param turn - awaited once a large body is there, before anything is done with it
 * @throws NleError `too_large` beyond `maxBytes`; `rate_limited` when there is no room for it now;
 * `invalid` when it is not UTF-8 or ends early
 */
export async function readText(
  request: IncomingMessage,
  room: BodyRoom,
  maxBytes = MAX_BODY_BYTES,
  turn?: () => Promise<void>,
): Promise<string> {
  const announced = Number(request.headers['content-length'])
  if (announced > maxBytes) throw tooLarge(maxBytes)
  const body = await readBody(request, maxBytes, room)
  try {
    // It keeps its room while it waits.
    if (body.size > SMALL_BYTES) await turn?.()
    return textOf(body.bytes())
  } finally {
    body.release()
  }
}

function textOf(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid UTF-8.', { cause })
  }
}

/** Uses events, because an async iterator costs as much as the rest of a small request. */
function readBody(
  request: IncomingMessage,
  maxBytes: number,
  room: BodyRoom,
): Promise<GrowingBody> {
  return new Promise((resolve, reject) => {
    const body = new GrowingBody(room)
    const settle = (act: () => void): void => {
      request.off('data', take).off('end', done).off('error', broken).off('close', broken)
      act()
    }
    const fail = (error: NleError): void =>
      settle(() => {
        body.release()
        reject(error)
      })
    const take = (chunk: Buffer): void => {
      if (body.size + chunk.length > maxBytes) fail(tooLarge(maxBytes))
      else if (!body.add(chunk)) fail(tooMuchAtOnce())
    }
    const done = (): void => settle(() => resolve(body))
    const broken = (cause?: Error): void => {
      fail(new NleError('invalid', 'The body ended before it was complete.', { cause }))
    }
    request.on('data', take).on('end', done).on('error', broken).on('close', broken)
    if (request.destroyed) broken()
  })
}

/** @throws NleError `invalid` when it is no JSON, or nested deeper than any bucket */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid JSON.', { cause })
  }
  if (isDeeperThan(value, MAX_DEPTH)) {
    throw new NleError('invalid', `The JSON is nested deeper than ${MAX_DEPTH} levels.`)
  }
  return value
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
