/** A JSON object as it came over the wire: nothing about its fields is known. */
export type WireObject = Record<string, unknown>

/** Deeper than any bucket; a document nested further could overflow the stack later. */
const MAX_DEPTH = 40

/** True for `{…}`; false for arrays, null and scalars. */
export function isJsonObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parses one JSON object; undefined for anything else, because the firmware never throws. */
export function parseJsonObject(text: string): WireObject | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  return isJsonObject(parsed) && depthWithin(parsed, MAX_DEPTH) ? parsed : undefined
}

function depthWithin(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (left === 0) return false
  return Object.values(value).every((inner) => depthWithin(inner, left - 1))
}

/** A finite number, or 0: no pushed value may reach arithmetic as NaN. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
