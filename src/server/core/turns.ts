/** Resolves in the next turn of the event loop, after others were served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Items that are worked on before the event loop serves others. */
const PER_TURN = 16

/** Works on one item after another, and lets the event loop serve others between them. */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (const item of items) {
    if (results.length > 0 && results.length % PER_TURN === 0) await nextTurn()
    results.push(await work(item))
  }
  return results
}
