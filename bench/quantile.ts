/** The value below which `share` of the numbers lie; NaN of an empty list. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle of several measurements: one slow run does not move it. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5)
}
