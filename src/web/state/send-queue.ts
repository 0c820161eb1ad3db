interface Waiting<T, R> {
  readonly about: string
  readonly item: T
  readonly tell: (result: Promise<R>) => void
}

/**
 * Sends one thing after the other, so that they arrive in their order. Of those that wait, a later one takes
 * the place of an earlier one about the same.
 */
export class SendQueue<T, R> {
  readonly #send: (item: T) => Promise<R>
  #waiting: Waiting<T, R>[] = []
  #isSending = false

  /** @param send - must not reject */
  constructor(send: (item: T) => Promise<R>) {
    this.#send = send
  }

  /**
   * @param about - two things about the same are not both sent when the first still waits
   * @returns what became of it, or of the later one that took its place
   */
  put(about: string, item: T): Promise<R> {
    return new Promise((resolve) => {
      const earlier = this.#waiting.filter((each) => each.about === about)
      this.#waiting = this.#waiting.filter((each) => each.about !== about)
      const tell = (result: Promise<R>) => {
        for (const each of earlier) each.tell(result)
        resolve(result)
      }
      this.#waiting.push({ about, item, tell })
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const result = this.#send(next.item)
      next.tell(result)
      await result
    }
    this.#isSending = false
  }
}
