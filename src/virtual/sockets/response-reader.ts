import { StringDecoder } from 'node:string_decoder'

/** What a reader finds in the bytes, in the order of the wire. */
export type ResponsePart =
  | { readonly type: 'headers'; readonly status: number; readonly headers: Record<string, string> }
  /** One chunk exactly as the server framed it, or the whole of a body without chunks. */
  | { readonly type: 'chunk'; readonly text: string }
  | { readonly type: 'ended' }
  | { readonly type: 'failed'; readonly reason: string }

const MAX_HEAD_BYTES = 64 * 1024
const MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * Reads one HTTP/1.1 response. Node's own client hides where one chunk ends and the next begins,
 * and S5 is about just that. Feed it bytes as they arrive; it never throws.
 */
export class ResponseReader {
  #state: 'head' | 'size' | 'data' | 'trailer' | 'length' | 'untilClose' | 'done' = 'head'
  #bytes: Buffer = Buffer.alloc(0)
  #wanted = 0
  #total = 0
  // Characters may be split between chunks; the decoder carries the rest over.
  readonly #decoder = new StringDecoder('utf8')

  /** Bytes from the socket. */
  feed(bytes: Buffer): ResponsePart[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    const parts: ResponsePart[] = []
    for (let part = this.#next(); part !== 'more'; part = this.#next()) {
      if (part !== undefined) parts.push(part)
    }
    return parts
  }

  /** The socket was closed. */
  close(): ResponsePart[] {
    const state = this.#state
    if (state === 'done') return []
    this.#state = 'done'
    if (state === 'untilClose') {
      return [{ type: 'chunk', text: this.#decoder.end(this.#bytes) }, { type: 'ended' }]
    }
    const before = state === 'head' ? 'before an answer' : 'before the end of the answer'
    return [{ type: 'failed', reason: `the connection was closed ${before}` }]
  }

  #next(): ResponsePart | undefined | 'more' {
    switch (this.#state) {
      case 'head':
        return this.#head()
      case 'size':
        return this.#size()
      case 'data':
        return this.#data()
      case 'trailer':
        return this.#trailer()
      case 'length':
        return this.#length()
      case 'done':
        return 'more'
      case 'untilClose':
        return this.#bytes.length > MAX_BODY_BYTES ? this.#fail('the answer is too long') : 'more'
    }
  }

  #head(): ResponsePart | undefined | 'more' {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#bytes.length > MAX_HEAD_BYTES)) {
      return this.#fail('the headers are too long')
    }
    if (end < 0) return 'more'
    const [statusLine = '', ...lines] = this.#take(end + 4)
      .toString('latin1')
      .split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1])
    if (!Number.isInteger(status)) return this.#fail('the answer is not HTTP')
    if (status >= 100 && status < 200) return undefined
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const colon = line.indexOf(':')
      if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
    }
    this.#state = this.#bodyState(status, headers)
    return { type: 'headers', status, headers }
  }

  #bodyState(status: number, headers: Record<string, string>): 'size' | 'length' | 'untilClose' {
    if (headers['transfer-encoding']?.toLowerCase() === 'chunked') return 'size'
    const length = status === 204 || status === 304 ? '0' : headers['content-length']
    if (length === undefined) return 'untilClose'
    this.#wanted = /^\d{1,12}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY
    return 'length'
  }

  #length(): ResponsePart | undefined | 'more' {
    if (this.#wanted > MAX_BODY_BYTES) return this.#fail('the answer is too long')
    if (this.#bytes.length < this.#wanted) return 'more'
    const text = this.#decoder.end(this.#take(this.#wanted))
    this.#wanted = 0
    if (text !== '') return { type: 'chunk', text }
    this.#state = 'done'
    return { type: 'ended' }
  }

  #size(): ResponsePart | undefined | 'more' {
    const end = this.#bytes.indexOf('\r\n')
    if (end < 0) return this.#bytes.length > 1024 ? this.#fail('a chunk has no size') : 'more'
    const digits = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(this.#bytes.toString('latin1', 0, end))?.[1]
    if (digits === undefined) return this.#fail('a chunk has no size')
    this.#take(end + 2)
    this.#wanted = Number.parseInt(digits, 16)
    this.#total += this.#wanted
    if (this.#total > MAX_BODY_BYTES) return this.#fail('the answer is too long')
    this.#state = this.#wanted === 0 ? 'trailer' : 'data'
    return undefined
  }

  #data(): ResponsePart | undefined | 'more' {
    if (this.#bytes.length < this.#wanted + 2) return 'more'
    const text = this.#decoder.write(this.#take(this.#wanted))
    if (this.#take(2).toString('latin1') !== '\r\n')
      return this.#fail('a chunk is longer than its size')
    this.#state = 'size'
    return { type: 'chunk', text }
  }

  #trailer(): ResponsePart | undefined | 'more' {
    const end = this.#bytes.indexOf('\r\n')
    if (end < 0) return this.#bytes.length > MAX_HEAD_BYTES ? this.#fail('no end') : 'more'
    this.#take(end + 2)
    if (end > 0) return undefined
    this.#state = 'done'
    return { type: 'ended' }
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  #fail(reason: string): ResponsePart {
    this.#state = 'done'
    return { type: 'failed', reason }
  }
}
