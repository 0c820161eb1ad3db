/** One event of a stream. */
export interface StreamEvent {
  /** `message` when it has no name. */
  readonly type: string
  readonly data: string
}

/** No server of ours sends a longer event, in characters. */
const MAX_EVENT_LENGTH = 1024 * 1024

/** Reads server-sent events out of text that comes in pieces. */
export class EventParser {
  /** The id to resume from after the connection is lost. */
  lastId: string | undefined
  #rest = ''

  /** The events that this piece completes. */
  push(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > MAX_EVENT_LENGTH) this.#rest = ''
    return blocks.flatMap((block) => this.#event(block))
  }

  /** Forgets the unfinished event of a lost connection; the id stays. */
  reset(): void {
    this.#rest = ''
  }

  #event(block: string): StreamEvent[] {
    let type = 'message'
    const data: string[] = []
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === 'event') type = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') this.lastId = value
    }
    return data.length === 0 ? [] : [{ type, data: data.join('\n') }]
  }
}
