/** Lines kept at most, their characters in all, and of one. */
const MAX_LINES = 200
const MAX_LENGTH = 64_000
const MAX_LINE_LENGTH = 2_000

/** The last lines of the log, for people who have no access to the machine. */
export class RecentLog {
  /** Oldest first. */
  readonly #lines: string[] = []
  #length = 0

  /** @param line - plain text without a line break, and without secrets */
  add(line: string): void {
    const kept = line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line
    this.#lines.push(kept)
    this.#length += kept.length
    while (this.#lines.length > MAX_LINES || this.#length > MAX_LENGTH) {
      this.#length -= this.#lines.shift()?.length ?? 0
    }
  }

  /** The newest lines, newest last. */
  lines(most = MAX_LINES): string[] {
    return this.#lines.slice(-most)
  }
}
