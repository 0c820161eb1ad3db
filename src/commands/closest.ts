/** The word that was probably meant: one or two slips away; undefined when none is. */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, slips: slips(typed.toLowerCase(), word) }))
    .filter(({ word, slips }) => slips <= 2 && slips < word.length - 1)
    .sort((a, b) => a.slips - b.slips)
  return best?.word
}

/** How many signs were left out, added, mistaken or swapped. */
function slips(typed: string, meant: string): number {
  // One row per sign that was typed: the least slips up to each sign that was meant.
  const rows: number[][] = [Array.from({ length: meant.length + 1 }, (_, i) => i)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= typed.length; i++) {
    rows.push([i])
    for (let j = 1; j <= meant.length; j++) {
      const same = typed[i - 1] === meant[j - 1]
      const swapped =
        i > 1 && j > 1 && typed[i - 1] === meant[j - 2] && typed[i - 2] === meant[j - 1]
      const least = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      )
      rows[i]?.push(least)
    }
  }
  return at(typed.length, meant.length)
}
