import type { Status } from '../../../api/shapes.ts'
import { TEXTS } from '../../texts.ts'

const { device: texts } = TEXTS

/** Every field of a status with its value as text, those of objects by their path. */
export function detailsOf(status: Status): (readonly [field: string, value: string])[] {
  return Object.entries(status).flatMap(([field, value]) => flat(field, value))
}

function flat(field: string, value: unknown): (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => flat(`${field}.${key}`, each))
  }
  if (typeof value === 'boolean') return [[field, value ? texts.yes : texts.no]]
  return [[field, value === null || value === '' ? texts.nothing : String(value)]]
}
