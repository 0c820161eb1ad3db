import { NleError } from '../../errors.ts'
import { limitIn } from './request-fields.ts'

const DEFAULT_LIMIT = 100
/** A serial, or a time and a serial. */
const CURSOR = /^[0-9A-Za-z-]{1,64}$/
/** Later than every time on file, ms. */
const LATEST_MS = 10 ** 15 - 1

/** The part of a list that a request asks for. */
export interface Page {
  readonly limit: number
  /** The key of the last entry of the page before; empty for the first page. */
  readonly after: string
}

/**
 * The page that a query asks for with `limit` and `after`; undefined when it names neither and wants the
 * whole list.
 *
 * @throws NleError `invalid`
 */
export function pageIn(query: URLSearchParams): Page | undefined {
  const limit = limitIn(query)
  const after = query.get('after')
  if (limit === undefined && after === null) return undefined
  if (after !== null && !CURSOR.test(after)) {
    throw new NleError('invalid', 'after must be the "next" of the answer before')
  }
  return { limit: limit ?? DEFAULT_LIMIT, after: after ?? '' }
}

/**
 * One page of a list that is sorted by its keys, and the cursor of the page after it: null at the end. An
 * entry that came or went in the meantime moves no other one from page to page.
 */
export function cutPage<T>(
  sorted: readonly T[],
  keyOf: (entry: T) => string,
  { limit, after }: Page,
): { entries: T[]; next: string | null } {
  const left = sorted.filter((entry) => keyOf(entry) > after)
  const entries = left.slice(0, limit)
  const last = entries.at(-1)
  return { entries, next: left.length > limit && last !== undefined ? keyOf(last) : null }
}

/** The key of a list that starts with the oldest; of two at one instant, with the lower serial. */
export function oldestFirst(atMs: number, serial: string): string {
  return `${String(Math.floor(atMs)).padStart(15, '0')}-${serial}`
}

export function newestFirst(atMs: number, serial: string): string {
  return oldestFirst(LATEST_MS - Math.floor(atMs), serial)
}

/** Sorts in place. */
export function sortByKey<T>(entries: T[], keyOf: (entry: T) => string): T[] {
  return entries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
