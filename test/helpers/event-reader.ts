import { type IncomingMessage, request } from 'node:http'

/** One block of an event stream. */
export interface StreamBlock {
  readonly id?: string
  readonly event?: string
  readonly data?: string
  readonly comment?: string
}

/** Reads an event stream as a browser does; a test can wait for an event. */
export class EventReader {
  readonly blocks: StreamBlock[] = []
  readonly response: IncomingMessage
  ended = false
  #text = ''
  readonly #waiters = new Set<() => void>()

  private constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('error', () => {})
    response.on('close', () => {
      this.ended = true
      for (const look of [...this.#waiters]) look()
    })
  }

  /** Opens a stream; resolves once its headers are here. */
  static open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers, agent: false }, (response) =>
        resolve(new EventReader(response)),
      )
      asked.on('error', reject)
      asked.end()
    })
  }

  /** The events of this name; `undefined` stands for events without a name. */
  events(name: string | undefined): StreamBlock[] {
    return this.blocks.filter(({ event, data }) => data !== undefined && event === name)
  }

  get lastId(): string {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id ?? ''
  }

  /** Resolves to the first result of `look` that is neither undefined nor false; never polls. */
  waitFor<T>(what: string, look: (reader: EventReader) => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look(this)
        const done = found !== undefined && found !== false
        if (done) resolve(found)
        else if (this.ended) reject(new Error(`The stream ended before ${what}.`))
        if (done || this.ended) this.#waiters.delete(check)
      }
      this.#waiters.add(check)
      check()
    })
  }

  close(): void {
    this.response.destroy()
  }

  #read(text: string): void {
    this.#text += text
    const blocks = this.#text.split('\n\n')
    this.#text = blocks.pop() ?? ''
    this.blocks.push(...blocks.map(parseBlock))
    for (const look of [...this.#waiters]) look()
  }
}

function parseBlock(text: string): StreamBlock {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    fields[name === '' ? 'comment' : name] = value
  }
  return fields
}
