/** What happened, as far as those who watch are told. */
export interface WatchedEvent {
  /**
   * `message` is for everybody; the others are for those who asked for details. `status` is what the
   * thermostat is when it is told, which may be gone.
   */
  readonly type: 'message' | 'status' | 'change'
  readonly serial: string
  /** For `change`: the command, and the text as it was then. */
  readonly change?: { readonly commandId: number; readonly data: string }
}

export interface LoggedEvent extends WatchedEvent {
  readonly id: string
}

/** The last events with their ids, so that a reader who was cut off can go on where it was. */
export class EventLog {
  readonly #epoch: string
  readonly #capacity: number
  readonly #events: LoggedEvent[] = []
  /** How many events there ever were. */
  #count = 0

  /** @param epoch - tells the ids of this process from those of an earlier one */
  constructor(epoch: string, capacity: number) {
    this.#epoch = epoch
    this.#capacity = capacity
  }

  /** The id of the latest event; a valid place to go on from even when there was none yet. */
  get lastId(): string {
    return this.#idOf(this.#count)
  }

  add(event: WatchedEvent): LoggedEvent {
    this.#count += 1
    const logged = { ...event, id: this.lastId }
    this.#events.push(logged)
    if (this.#events.length > this.#capacity) this.#events.shift()
    return logged
  }

  /**
   * What a reader has missed: of each thing only the latest, because what is told is how things are
   * now.
   *
   * @returns undefined when that is not known: the id is another process's, or too long ago
   */
  since(lastId: string): LoggedEvent[] | undefined {
    const [epoch, digits = '', ...rest] = lastId.split('-')
    if (epoch !== this.#epoch || rest.length > 0 || !/^\d{1,15}$/.test(digits)) return undefined
    const missed = this.#count - Number(digits)
    if (missed < 0 || missed > this.#events.length) return undefined
    const latest = new Map<string, LoggedEvent>()
    for (const event of missed === 0 ? [] : this.#events.slice(-missed)) {
      const what = `${event.type} ${event.serial} ${event.change?.commandId ?? ''}`
      // Set anew, so that it takes the place of its latest id.
      latest.delete(what)
      latest.set(what, event)
    }
    return [...latest.values()]
  }

  #idOf(count: number): string {
    return `${this.#epoch}-${count}`
  }
}
