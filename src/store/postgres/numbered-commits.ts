import { type EngineTime, PATIENCE_MS, PAUSE_MS } from './engine-time.ts'
import { DatabaseFault } from './faults.ts'

/**
 * The commits of this process, each with a number that is written with it: when the connection dies while a commit is
 * under way, the last number on file tells whether it happened.
 */
export class NumberedCommits {
  readonly #lastOnFile: () => Promise<number | undefined>
  readonly #time: EngineTime
  #last = 0

  /**
   * @param lastOnFile - the last number that was committed; waits for a commit that is still under way, and is answered
   * only where that commit would be acknowledged, too
   */
  constructor(lastOnFile: () => Promise<number | undefined>, time: EngineTime) {
    this.#lastOnFile = lastOnFile
    this.#time = time
  }

  /**
   * Resolves once a commit has happened, also when its answer was lost.
   *
   * @param transaction - a transaction that writes this number; calls back when the commit is sent
   * @throws DatabaseFault when nothing of it happened, or it `isUnclear` whether it did
   */
  async run(transaction: (number: number, commits: () => void) => Promise<void>): Promise<void> {
    const number = ++this.#last
    let isSent = false
    try {
      await transaction(number, () => {
        isSent = true
      })
    } catch (error) {
      const isUnknown = isSent && error instanceof DatabaseFault && error.isAway && !error.isUnclear
      if (!isUnknown || !(await this.#happened(number, error))) throw error
    }
  }

  async #happened(number: number, fault: DatabaseFault): Promise<boolean> {
    const untilMs = this.#time.steadyMs() + PATIENCE_MS
    while (this.#time.steadyMs() < untilMs) {
      await this.#time.wait(PAUSE_MS)
      try {
        const last = await this.#lastOnFile()
        return last !== undefined && last >= number
      } catch (error) {
        if (!(error instanceof DatabaseFault)) throw error
      }
    }
    throw new DatabaseFault(fault, true)
  }
}
