import type { Schema } from './schema.ts'
import type { RefusalResponse } from './shapes.ts'

/**
 * Which token an endpoint asks for, once the server asks for tokens: none, or one of this scope or a
 * wider one. `owner` always asks for one that may administer, even while there is no token: the endpoint
 * makes tokens, hands out backups or logs, or names where the server sends data. The first stranger on the
 * network must not be the first to use it.
 */
export type Scope = 'open' | 'read' | 'control' | 'admin' | 'owner'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Tag = 'thermostats' | 'commands' | 'pairing' | 'server' | 'hosted'

export interface Endpoint extends Details {
  readonly method: Method
  /** Segments that start with a colon are parameters. */
  readonly path: string
  readonly scope: Scope
  readonly tag: Tag
}

export interface Details {
  readonly summary: string
  readonly description?: string
  /** Objects: the parameters in the path, in the query and in the headers. */
  readonly params?: Schema<unknown>
  readonly query?: Schema<unknown>
  readonly headers?: Schema<unknown>
  /** A body in which no field is required may be left out. */
  readonly body?: Schema<unknown>
  /** Of a 200. */
  readonly answer: Schema<unknown>
  /** What the owner types on the server's machine instead; of every endpoint for the owner. */
  readonly ownerCommand?: string
  readonly answerDescription?: string
  /** Of an answer that is not JSON. */
  readonly contentType?: string
  /** Beside those that every endpoint may answer. */
  readonly refusals?: readonly RefusalResponse[]
}

/** A row of the table, with the types of what it takes and answers. */
export function endpoint<const D extends Details>(
  method: Method,
  path: string,
  scope: Scope,
  tag: Tag,
  // A field of another name would be left out of the answer and of the documentation.
  details: D & { readonly [Unknown in Exclude<keyof D, keyof Details>]: never },
): Endpoint & D {
  return { method, path, scope, tag, ...details }
}
