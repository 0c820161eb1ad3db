import type { JsonObject, JsonValue } from '../protocol/bucket.ts'

declare const described: unique symbol

/** A JSON Schema that carries the TypeScript type of what it describes. */
export interface Schema<T> {
  readonly [keyword: string]: unknown
  /** For the compiler alone; never there at run time. */
  readonly [described]?: T
}

/** The type that a schema describes. */
export type TypeOf<S> = S extends { readonly [described]?: infer T } ? T : never

type Fields = Readonly<Record<string, Schema<unknown>>>
type Flat<T> = { readonly [K in keyof T]: T[K] }
type Values<R extends Fields, O extends Fields> = Flat<
  { [K in keyof R]: TypeOf<R[K]> } & { [K in keyof O]?: TypeOf<O[K]> }
>

interface JsonTypes {
  readonly string: string
  readonly number: number
  readonly integer: number
  readonly boolean: boolean
  readonly object: JsonObject
  readonly null: null
}

interface Notes {
  readonly default?: JsonValue
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

function note(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description }
}

/** A value of a JSON type, or of one of several. */
export function of<const N extends keyof JsonTypes>(
  type: N | readonly N[],
  description?: string,
  notes: Notes = {},
): Schema<JsonTypes[N]> {
  return { type, ...notes, ...note(description) }
}

export function anything(description: string): Schema<JsonValue> {
  return note(description)
}

export function constant<const V extends string | boolean>(value: V): Schema<V> {
  return { const: value }
}

export function choice<const V extends string | null>(
  values: readonly V[],
  description?: string,
): Schema<V> {
  return { enum: values, ...note(description) }
}

export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return { oneOf: [a, b] }
}

export function list<T>(
  items: Schema<T>,
  notes: { readonly minItems?: number; readonly description?: string } = {},
): Schema<T[]> {
  return { type: 'array', items, ...notes }
}

/** An object whose field names are data. */
export function record<T>(
  values: Schema<T>,
  description?: string,
): Schema<Readonly<Record<string, T>>> {
  return { type: 'object', additionalProperties: values, ...note(description) }
}

export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
  description?: string,
): Schema<Values<R, O>> {
  const names = Object.keys(required)
  return {
    type: 'object',
    ...(names.length === 0 ? {} : { required: names }),
    properties: { ...required, ...optional },
    ...note(description),
  }
}
