/**
 * A number, or one written as text: Home Assistant's templates and shell scripts quote what they send,
 * and the existing server takes it. Undefined for anything else.
 */
export function numberIn(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Something a caller sent, short enough to be repeated; whatever it is, nothing of it is called. */
export function quoted(value: unknown, maxLength: number): string {
  if (typeof value === 'string') return value.slice(0, maxLength)
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  return String(value)
}
