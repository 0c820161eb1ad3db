import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'

/** The largest body either listener reads, in bytes; a full upload of a thermostat is about 20 kB. */
export const MAX_BODY_BYTES = 1024 * 1024
/** The deepest JSON: a schedule has five levels. */
const MAX_DEPTH = 32

/**
 * The whole body as text.
 *
 * @throws NleError `too_large` beyond `maxBytes`; `invalid` when it is not UTF-8 or ends early
 */
export async function readText(
  request: IncomingMessage,
  maxBytes = MAX_BODY_BYTES,
): Promise<string> {
  const announced = Number(request.headers['content-length'])
  if (announced > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof NleError) throw error
    throw new NleError('invalid', 'The body ended before it was complete.', { cause: error })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid UTF-8.', { cause })
  }
}

/** @throws NleError `invalid` when it is no JSON or nested deeper than anything we store */
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
