/** A message on its way to the broker. */
export interface OutgoingMessage {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
}

/** Messages in flight (sent and not acknowledged), at most; more wait in the outbox. */
const MAX_IN_FLIGHT = 32
/** Events that wait, at most: unlike states, a later event does not replace an earlier one. */
const MAX_EVENTS = 64

/**
 * Messages to publish, in order. Only the latest state of a topic waits, so that a slow broker never
 * makes the outbox longer than the number of topics.
 */
export class Outbox {
  readonly #waiting = new Map<string, OutgoingMessage>()
  readonly #send: (message: OutgoingMessage, acknowledged: () => void) => void
  #awaited: { readonly size: number; readonly resolve: () => void }[] = []
  #pumpsSoon = false
  #inFlight = 0
  #events = 0
  #eventCount = 0
  #closed = false

  /** @param send - calls `acknowledged` once, when the broker has the message */
  constructor(send: (message: OutgoingMessage, acknowledged: () => void) => void) {
    this.#send = send
  }

  /** Queues a state; it replaces an older state of the same topic. */
  put(message: OutgoingMessage): void {
    // The newer state takes the older one's place: a configuration stays ahead of its state.
    this.#waiting.set(message.topic, message)
    this.#pump()
  }

  /** Queues an event; drops it when too many wait already. */
  putEvent(message: OutgoingMessage): void {
    if (this.#events >= MAX_EVENTS) return
    this.#events += 1
    this.#eventCount += 1
    // No topic contains a NUL, so the key cannot be that of a state.
    this.#waiting.set(`${message.topic}\0${this.#eventCount}`, message)
    this.#pump()
  }

  /** Messages that wait or are in flight. */
  get size(): number {
    return this.#waiting.size + this.#inFlight
  }

  /** Resolves when no more than this many wait or are in flight, or the outbox is closed. */
  downTo(size: number): Promise<void> {
    if (this.size <= size || this.#closed) return Promise.resolve()
    return new Promise((resolve) => this.#awaited.push({ size, resolve }))
  }

  /** The connection is gone: drops everything. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#settle()
  }

  #pump(): void {
    for (const [key, message] of this.#waiting) {
      if (this.#inFlight >= MAX_IN_FLIGHT || this.#closed) break
      this.#waiting.delete(key)
      if (key !== message.topic) this.#events -= 1
      this.#inFlight += 1
      this.#send(message, () => {
        this.#inFlight -= 1
        this.#settle()
        this.#pumpSoon()
      })
    }
  }

  /** The broker acknowledges many at once: as many more leave in one write. */
  #pumpSoon(): void {
    if (this.#pumpsSoon || this.#waiting.size === 0) return
    this.#pumpsSoon = true
    setImmediate(() => {
      this.#pumpsSoon = false
      this.#pump()
    })
  }

  #settle(): void {
    const isOver = ({ size }: { readonly size: number }): boolean =>
      this.size <= size || this.#closed
    const over = this.#awaited.filter(isOver)
    if (over.length === 0) return
    this.#awaited = this.#awaited.filter((one) => !isOver(one))
    for (const { resolve } of over) resolve()
  }
}
