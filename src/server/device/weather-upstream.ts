import type { Dispatcher } from 'undici'
import { jsonIn } from '../../protocol/input.ts'
import { limitedText } from '../http/limited-text.ts'
import type { FetchWeather } from './weather-cache.ts'

/** A forecast for a place has some 10 kB; 80 places are remembered. */
const MAX_ANSWER_BYTES = 256 * 1024

/** Nest's own weather host, whose certificate is signed by Nest's private authority. */
const PRIVATE_AUTHORITY_HOST = 'weather.nest.com'

/**
 * Asks the upstream over HTTP. The library is loaded with the first question, as some thermostats never
 * ask.
 */
export function upstreamFetch(): FetchWeather {
  let trusting: Dispatcher | undefined
  return async (url, signal) => {
    const { Agent, request } = await import('undici')
    const isPrivate = new URL(url).hostname === PRIVATE_AUTHORITY_HOST
    if (isPrivate) {
      // Only weather comes from there, and only the question is sent.
      trusting ??= new Agent({ connect: { rejectUnauthorized: false } })
    }
    const { statusCode, body } = await request(url, {
      signal,
      headers: { accept: 'application/json' },
      ...(isPrivate && trusting !== undefined ? { dispatcher: trusting } : {}),
    })
    if (statusCode !== 200) {
      await body.dump()
      throw new Error(`it answered ${statusCode}`)
    }
    const text = await limitedText(body, MAX_ANSWER_BYTES)
    const value = jsonIn(text)
    if (typeof value !== 'object' || value === null) throw new Error('the answer is no JSON object')
    return text
  }
}
