import { isObject, type JsonObject } from '../protocol/bucket.ts'

/** Text of an answer; empty when it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The objects in a list of an answer. */
export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
