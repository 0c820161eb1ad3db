/** A message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
}

/** Messages the broker has not acknowledged yet, at most; more wait here. */
const WINDOW = 32
/** Messages of which every single one counts (events), at most. */
const MAX_EVENTS = 64

/**
 * What is to be published, in order, the latest of a topic only: a broker that is slow makes it no
 * longer than there are topics.
 */
export class Outbox {
  readonly #waiting = new Map<string, OutgoingMessage>()
  readonly #send: (message: OutgoingMessage, acknowledged: () => void) => void
  readonly #emptied: (() => void)[] = []
  #inFlight = 0
  #events = 0
  #eventCount = 0
  #closed = false

  /** @param send - calls `acknowledged` once, when the broker has the message */
  constructor(send: (message: OutgoingMessage, acknowledged: () => void) => void) {
    this.#send = send
  }

  /** Sends a state as soon as there is room; an older one of the same topic that waits is dropped. */
  put(message: OutgoingMessage): void {
    // A state that waits keeps its place: the configuration before it stays before it.
    this.#waiting.set(message.topic, message)
    this.#pump()
  }

  /** Sends something that happened; dropped when too many wait already. */
  putEvent(message: OutgoingMessage): void {
    if (this.#events >= MAX_EVENTS) return
    this.#events += 1
    this.#eventCount += 1
    // No topic has a NUL, so this takes no topic's place.
    this.#waiting.set(`${message.topic}\0${this.#eventCount}`, message)
    this.#pump()
  }

  /** Messages that wait or are not acknowledged. */
  get size(): number {
    return this.#waiting.size + this.#inFlight
  }

  /** Resolves when everything is acknowledged, or nothing will be any more. */
  emptied(): Promise<void> {
    if (this.size === 0 || this.#closed) return Promise.resolve()
    return new Promise((resolve) => this.#emptied.push(resolve))
  }

  /** The connection is gone: forgets everything. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#settle()
  }

  #pump(): void {
    for (const [key, message] of this.#waiting) {
      if (this.#inFlight >= WINDOW || this.#closed) break
      this.#waiting.delete(key)
      if (key !== message.topic) this.#events -= 1
      this.#inFlight += 1
      this.#send(message, () => {
        this.#inFlight -= 1
        if (this.size === 0) this.#settle()
        else this.#pump()
      })
    }
  }

  #settle(): void {
    for (const resolve of this.#emptied.splice(0)) resolve()
  }
}
