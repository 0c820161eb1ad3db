import { ownObjectKey } from '../../bucket.ts'

/**
 * The object key that a thermostat of transport v3 names, or undefined when it may not write that bucket
 * (`U7`). Its scanner may have added noise: everything from the first blank on is dropped (`V9`).
 */
export function ownKeyOf(text: unknown, serial: string): string | undefined {
  return typeof text === 'string' ? ownObjectKey(withoutNoise(text), serial) : undefined
}

/** The text up to its first blank (`V9`). */
export function withoutNoise(text: string): string {
  return text.replace(/\s.*$/s, '')
}
