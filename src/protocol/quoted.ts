/** Something a caller sent, short enough to be repeated; whatever it is, nothing of it is called. */
export function quoted(value: unknown, maxLength: number): string {
  if (typeof value === 'string') return value.slice(0, maxLength)
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  return String(value)
}
