import { constants } from 'node:os'

const cleanUps = new Set<() => void>()

/**
 * Has something removed when the program ends before its time: a server, a folder, the files of another commit.
 *
 * @returns forgets it, once it is removed anyway
 */
export function removedAtEnd(remove: () => void): () => void {
  cleanUps.add(remove)
  return () => cleanUps.delete(remove)
}

/** From now on Ctrl-C and `kill` end the program only after everything is removed. */
export function cleanUpWhenInterrupted(): void {
  process.once('exit', () => {
    // What was made last is removed first: a server before its folder.
    for (const remove of [...cleanUps].reverse()) {
      try {
        remove()
      } catch (error) {
        process.stderr.write(`${String(error)}\n`)
      }
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
}
