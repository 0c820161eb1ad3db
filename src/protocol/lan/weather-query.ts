/** The rules of the weather cache: what is asked for, and what an answer is still good for. */

/** An answer of the upstream, as it is kept. */
export interface WeatherReport {
  /** JSON text, passed on as it is. */
  readonly body: string
  /** On the steady clock, ms. */
  readonly fetchedAtSteadyMs: number
}

/** What is known of one place: the last good answer, and when the upstream last failed. */
export interface WeatherMemory {
  readonly report: WeatherReport | undefined
  /** On the steady clock, ms; undefined when the last attempt succeeded. */
  readonly failedAtSteadyMs: number | undefined
}

/** An upstream that is down is left alone for a while: a thermostat asks again soon enough. */
export const RETRY_AFTER_MS = 30_000

const MAX_QUERY_LENGTH = 512

/**
 * What identifies a question: the place and the rest of the query, its fields in one order. The path
 * does not matter, for the upstream has one.
 *
 * @returns undefined for one that is longer than any thermostat's
 */
export function weatherKey(query: URLSearchParams): string | undefined {
  const sorted = new URLSearchParams(query)
  sorted.sort()
  const key = String(sorted)
  return key.length > MAX_QUERY_LENGTH ? undefined : key
}

/** The URL to ask for a key; a configured one may have a query of its own. */
export function weatherUrl(upstream: string, key: string): string {
  const url = new URL(upstream)
  for (const [name, value] of new URLSearchParams(key)) url.searchParams.append(name, value)
  return url.href
}

/** Whether to ask the upstream; otherwise what is remembered, if anything, has to do. */
export function shouldAsk(
  memory: WeatherMemory | undefined,
  steadyMs: number,
  ttlMs: number,
): boolean {
  const { report, failedAtSteadyMs } = memory ?? {}
  if (report !== undefined && steadyMs - report.fetchedAtSteadyMs < ttlMs) return false
  return failedAtSteadyMs === undefined || steadyMs - failedAtSteadyMs >= RETRY_AFTER_MS
}
