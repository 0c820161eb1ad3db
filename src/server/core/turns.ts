/** Resolves in the next turn of the event loop, after others were served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
