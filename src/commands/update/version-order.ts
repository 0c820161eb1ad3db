/** A version of Semantic Versioning; without what may follow a plus sign, which does not count. */
export interface ReleaseVersion {
  readonly numbers: readonly number[]
  /** The parts of `-rc.1`; none in a final version. */
  readonly pre: readonly string[]
}

/** Reads `1.2.3` or `v1.2.3-rc.1`; undefined for anything else. */
export function parseVersion(text: string): ReleaseVersion | undefined {
  const pattern =
    /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,100}))?(?:\+[0-9A-Za-z.-]{1,100})?$/
  const [whole, major, minor, patch, pre] = pattern.exec(text) ?? []
  if (whole === undefined) return undefined
  return { numbers: [major, minor, patch].map(Number), pre: pre?.split('.') ?? [] }
}

/** Negative when the first version comes before the second, 0 when they are equal. */
export function compareVersions(one: ReleaseVersion, other: ReleaseVersion): number {
  for (const [index, number] of one.numbers.entries()) {
    const difference = number - (other.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  // 1.0.0-rc.1 comes before 1.0.0.
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length
  for (const [index, part] of one.pre.entries()) {
    const against = other.pre[index]
    if (against === undefined) return 1
    const difference = comparePart(part, against)
    if (difference !== 0) return difference
  }
  return one.pre.length - other.pre.length
}

/** Numbers by value, words by their letters, and numbers before words. */
function comparePart(one: string, other: string): number {
  const areNumbers = [one, other].map((part) => /^\d+$/.test(part))
  if (areNumbers[0] && areNumbers[1]) return Number(one) - Number(other)
  if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] ? -1 : 1
  return one === other ? 0 : one < other ? -1 : 1
}
