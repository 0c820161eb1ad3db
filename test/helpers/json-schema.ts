import { isObject, type JsonObject, type JsonValue, sameValue } from '../../src/protocol/bucket.ts'

/** Says nothing about what is allowed. */
const NOTES = new Set(['description', 'default', 'example'])

type Check = (given: JsonValue, schema: JsonObject, at: string, root: JsonObject) => string[]

/**
 * The part of JSON Schema that docs/openapi.json uses; an unknown keyword is a mistake, so that
 * nothing goes unchecked. Stricter in one thing: what is not described is not allowed.
 */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $ref: (value, { $ref }, at, root) =>
    mismatches(value, resolved({ $ref: $ref ?? '' }, root), at, root),
  type: (value, { type }, at) =>
    [type].flat().includes(typeOf(value)) ||
    (typeof value === 'number' && [type].flat().includes('number'))
      ? []
      : [`${at}: ${typeOf(value)} instead of ${[type].flat().join(' or ')}`],
  const: (value, schema, at) =>
    sameValue(value, schema.const) ? [] : [`${at}: not ${JSON.stringify(schema.const)}`],
  enum: (value, schema, at) =>
    list(schema.enum).some((each) => sameValue(value, each))
      ? []
      : [`${at}: ${JSON.stringify(value)} is none of ${JSON.stringify(schema.enum)}`],
  oneOf: (value, { oneOf }, at, root) => {
    const found = list(oneOf).map((each) => mismatches(value, object(each), at, root))
    return found.filter(({ length }) => length === 0).length === 1
      ? []
      : [`${at}: not exactly one of the alternatives (${found.flat().join('; ')})`]
  },
  pattern: (value, { pattern }, at) =>
    typeof value !== 'string' || new RegExp(String(pattern)).test(value)
      ? []
      : [`${at}: ${JSON.stringify(value)} does not match ${pattern}`],
  minimum: (value, { minimum }, at) =>
    Number(value) >= Number(minimum) ? [] : [`${at}: below ${minimum}`],
  maximum: (value, { maximum }, at) =>
    Number(value) <= Number(maximum) ? [] : [`${at}: above ${maximum}`],
  minItems: (value, { minItems }, at) =>
    list(value).length >= Number(minItems) ? [] : [`${at}: fewer than ${minItems}`],
  items: (value, { items }, at, root) =>
    list(value).flatMap((each, i) => mismatches(each, object(items), `${at}[${i}]`, root)),
  required: (value, { required }, at) =>
    list(required)
      .filter((field) => isObject(value) && !Object.hasOwn(value, String(field)))
      .map((field) => `${at}.${field}: missing`),
  properties: (value, { properties, additionalProperties }, at, root) =>
    Object.entries(isObject(value) ? value : {}).flatMap(([field, each]) => {
      const schema = object(properties)[field] ?? additionalProperties
      return schema === undefined
        ? [`${at}.${field}: not described`]
        : mismatches(each, object(schema), `${at}.${field}`, root)
    }),
  additionalProperties: (value, { properties, additionalProperties }, at, root) =>
    properties !== undefined
      ? []
      : Object.entries(isObject(value) ? value : {}).flatMap(([field, each]) =>
          mismatches(each, object(additionalProperties), `${at}.${field}`, root),
        ),
}

/**
 * What of a value is not as its schema says; empty when all is.
 *
 * @param root - the document that references point into
 */
export function mismatches(
  value: unknown,
  schema: JsonObject,
  at: string,
  root: JsonObject,
): string[] {
  return Object.keys(schema).flatMap((keyword) => {
    if (NOTES.has(keyword)) return []
    const check = KEYWORDS[keyword]
    return check === undefined
      ? [`${at}: the schema says ${keyword}, which nobody checks`]
      : check(value as JsonValue, schema, at, root)
  })
}

/** What a reference stands for; anything else is itself. */
export function resolved(given: JsonObject, root: JsonObject): JsonObject {
  const { $ref } = given
  if (typeof $ref !== 'string') return given
  const found = $ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<JsonObject>((at, name) => object(at[name]), root)
  if (Object.keys(found).length === 0) throw new Error(`There is no ${$ref}.`)
  return found
}

/** As an object; empty when it is none. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : []
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
