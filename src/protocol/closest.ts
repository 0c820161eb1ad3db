/** Guesses which known word a person meant by one that is not known. */

/** No known word is as long; the rest of what was typed is not looked at. */
const MAX_TYPED = 64
const MAX_ALIKE = 3
/** Shorter parts, such as `to`, are in too many words. */
const MIN_PART = 4

/** The word that was probably meant, one or two typing errors away; undefined when none is. */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const text = typed.slice(0, MAX_TYPED).toLowerCase()
  for (const slips of [0, 1, 2]) {
    const meant = words.find(
      (word) => slips < word.length - 1 && isNear(text, word.toLowerCase(), slips),
    )
    if (meant !== undefined) return meant
  }
  return undefined
}

/**
 * The closest word, else up to three that have a part in common with what was typed, those with the most
 * parts first: `current_humidity` is like `target_humidity`.
 */
export function alike(typed: string, words: readonly string[]): readonly string[] {
  const near = closest(typed, words)
  if (near !== undefined) return [near]
  const parts = typed
    .slice(0, MAX_TYPED)
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(({ length }) => length >= MIN_PART)
  const shared = (word: string): number => parts.filter((part) => word.includes(part)).length
  return words
    .filter((word) => shared(word) > 0)
    .sort((a, b) => shared(b) - shared(a) || a.length - b.length)
    .slice(0, MAX_ALIKE)
}

/** Whether at most so many slips, a character missing, extra, wrong or swapped, lie between them. */
function isNear(typed: string, meant: string, slips: number): boolean {
  if (typed === meant) return true
  if (typed !== '' && typed[0] === meant[0]) return isNear(typed.slice(1), meant.slice(1), slips)
  if (slips === 0) return false
  const swapped = typed[0] === meant[1] && typed[1] === meant[0]
  return (
    isNear(typed.slice(1), meant, slips - 1) ||
    isNear(typed, meant.slice(1), slips - 1) ||
    isNear(typed.slice(1), meant.slice(1), slips - 1) ||
    (swapped && isNear(typed.slice(2), meant.slice(2), slips - 1))
  )
}
