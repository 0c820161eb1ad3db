import { NleError } from '../../errors.ts'
import type { Handler } from './reply.ts'

/** One endpoint. Segments of the pattern that start with a colon are parameters. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly pattern: string
  readonly handler: Handler
}

export type Match =
  | {
      readonly type: 'found'
      readonly handler: Handler
      readonly params: Readonly<Record<string, string>>
    }
  | { readonly type: 'wrong method'; readonly allowed: readonly string[] }
  | { readonly type: 'unknown' }

/** A route that fits a path. */
interface Fit {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** A table of routes; patterns without parameters win over those with parameters. */
export class Router {
  readonly #fixed = new Map<string, Fit[]>()
  readonly #open: { readonly route: Route; readonly segments: readonly string[] }[] = []

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const { pattern } = route
      if (pattern.includes(':')) this.#open.push({ route, segments: pattern.split('/') })
      else this.#fixed.set(pattern, [...(this.#fixed.get(pattern) ?? []), { route, params: {} }])
    }
  }

  /** @param path - as `splitUrl` gives it; percent-encoding is undone in parameters only */
  match(method: string, path: string): Match {
    const asked = method === 'HEAD' ? 'GET' : method
    const found = this.#fixed.get(path) ?? this.#matching(path)
    if (found.length === 0) return { type: 'unknown' }
    const hit = found.find(({ route }) => route.method === asked)
    if (hit !== undefined) {
      return { type: 'found', handler: hit.route.handler, params: hit.params }
    }
    const methods = new Set(found.map(({ route }) => route.method as string))
    if (methods.has('GET')) methods.add('HEAD')
    return { type: 'wrong method', allowed: [...methods].sort() }
  }

  /** The routes with parameters that fit. */
  #matching(path: string): Fit[] {
    const actual = path.split('/')
    return this.#open.flatMap(({ route, segments }) => {
      const params = paramsOf(segments, actual)
      return params === undefined ? [] : [{ route, params }]
    })
  }
}

function paramsOf(
  pattern: readonly string[],
  path: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== path.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, segment] of pattern.entries()) {
    const actual = path[i] ?? ''
    if (segment.startsWith(':')) {
      if (actual === '') return undefined
      params[segment.slice(1)] = decodeURIComponent(actual)
    } else if (segment !== actual) return undefined
  }
  return params
}

/** Shared by all requests without a query: it is only read, and a new one costs more than the rest here. */
const NO_QUERY = new URLSearchParams()

/**
 * Path and query of a request: the path as it was sent, without trailing slashes. It is not decoded, so
 * that every route has one spelling.
 *
 * @throws NleError `invalid`
 */
export function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?')
  const rawPath = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1))
  try {
    if (rawPath.includes('%')) decodeURIComponent(rawPath)
  } catch (cause) {
    throw new NleError('invalid', 'The path is not properly percent-encoded.', { cause })
  }
  const path = rawPath.replace(/\/+$/, '')
  return { path: path === '' ? '/' : path, query }
}
