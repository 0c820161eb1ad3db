/** Something that happened and that readers of `/api/events` are told of. */
export interface WatchedEvent {
  /**
   * Every reader gets `message`; those that asked for details get the others too. `status` stands for
   * the thermostat's status when the event is written; it may be deleted by then.
   */
  readonly type: 'message' | 'status' | 'change'
  readonly serial: string
  /** For `change`: the command, and its report at the time of the event. */
  readonly change?: { readonly commandId: number; readonly data: string }
}

export interface LoggedEvent extends WatchedEvent {
  readonly id: string
}

/** The last events with their ids, so that a reader that was disconnected can resume. */
export class EventLog {
  readonly #epoch: string
  readonly #capacity: number
  readonly #maxLength: number
  readonly #events: LoggedEvent[] = []
  /** Of the reports in it. */
  #length = 0
  /** How many events there ever were. */
  #count = 0

  /**
   * @param epoch - tells the ids of this process from those of an earlier one
   * @param maxLength - of all reports together: a command may set a long schedule
   */
  constructor(epoch: string, capacity: number, maxLength: number) {
    this.#epoch = epoch
    this.#capacity = capacity
    this.#maxLength = maxLength
  }

  /** The id of the latest event; a reader can resume from it even before the first event. */
  get lastId(): string {
    return `${this.#epoch}-${this.#count}`
  }

  add(event: WatchedEvent): LoggedEvent {
    this.#count += 1
    const logged = { ...event, id: this.lastId }
    this.#events.push(logged)
    this.#length += lengthOf(logged)
    while (this.#events.length > this.#capacity || this.#length > this.#maxLength) {
      const oldest = this.#events.shift()
      if (oldest === undefined) break
      this.#length -= lengthOf(oldest)
    }
    return logged
  }

  /**
   * The events a reader has missed. Of several about the same thing only the latest, because events
   * report states.
   *
   * @returns undefined when they are not known: the id is another process's, or too old
   */
  since(lastId: string): LoggedEvent[] | undefined {
    const [epoch, digits = '', ...rest] = lastId.split('-')
    if (epoch !== this.#epoch || rest.length > 0 || !/^\d{1,15}$/.test(digits)) return undefined
    const missed = this.#count - Number(digits)
    if (missed < 0 || missed > this.#events.length) return undefined
    const latest = new Map<string, LoggedEvent>()
    for (const event of missed === 0 ? [] : this.#events.slice(-missed)) {
      const what = `${event.type} ${event.serial} ${event.change?.commandId ?? ''}`
      // Deleted first, so that it moves to the place of its latest id.
      latest.delete(what)
      latest.set(what, event)
    }
    return [...latest.values()]
  }
}

function lengthOf({ change }: WatchedEvent): number {
  return change?.data.length ?? 0
}
