/** The rules of the weather cache: the question to the upstream, and how long an answer is fresh. */

/** An answer of the upstream, as it is kept. */
export interface WeatherReport {
  /** JSON text, passed on as it is. */
  readonly body: string
  /** On the steady clock, ms. */
  readonly fetchedAtSteadyMs: number
}

/** The last good answer about one place, and when the upstream last failed. */
export interface WeatherMemory {
  readonly report: WeatherReport | undefined
  /** On the steady clock, ms; undefined when the last attempt succeeded. */
  readonly failedAtSteadyMs: number | undefined
}

/** How long nle waits after a failure of the upstream: a thermostat asks again soon enough. */
export const RETRY_AFTER_MS = 30_000

const MAX_QUERY_LENGTH = 512

/**
 * Identifies a question: the place and the rest of the query, its fields in one order. The path does not
 * count, because the upstream has its own.
 *
 * @returns undefined when it is longer than a thermostat's can be
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

/** Whether to ask the upstream; otherwise the remembered answer, if there is one, is used. */
export function shouldAsk(
  memory: WeatherMemory | undefined,
  steadyMs: number,
  ttlMs: number,
): boolean {
  const { report, failedAtSteadyMs } = memory ?? {}
  if (report !== undefined && steadyMs - report.fetchedAtSteadyMs < ttlMs) return false
  return failedAtSteadyMs === undefined || steadyMs - failedAtSteadyMs >= RETRY_AFTER_MS
}
