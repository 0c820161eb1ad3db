import { NleError } from '../../errors.ts'
import type { JsonValue } from '../bucket.ts'

/** JSON that a person wrote, with the lines its parts are on. */
export interface LinedJson {
  readonly value: JsonValue
  /** The line, counted from 1, of the nearest part that `path` leads to. */
  readonly lineOf: (path: readonly string[]) => number
}

const MAX_DEPTH = 32
const BLANKS = /[ \t\r\n]*/y
const TOKEN =
  /(?<mark>[{}[\]:,])|(?<text>"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?<other>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/uy

function pathKey(path: readonly string[]): string {
  return JSON.stringify(path)
}

/** Parses one JSON text and notes the line of each part. */
class Reader {
  readonly #text: string
  readonly #lines = new Map<string, number>()
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): LinedJson {
    const value = this.#value([])
    if (this.#skipBlanks() < this.#text.length) this.#refuse('nothing may follow the last bracket')
    return {
      value,
      lineOf: (path) => {
        for (let length = path.length; length > 0; length--) {
          const line = this.#lines.get(pathKey(path.slice(0, length)))
          if (line !== undefined) return line
        }
        return 1
      },
    }
  }

  #skipBlanks(): number {
    BLANKS.lastIndex = this.#at
    BLANKS.exec(this.#text)
    this.#at = BLANKS.lastIndex
    return this.#at
  }

  #line(): number {
    return this.#text.slice(0, this.#at).split('\n').length
  }

  #refuse(reason: string): never {
    throw new NleError('invalid', `line ${this.#line()}: ${reason}`)
  }

  /** The next character that is not blank; it is not consumed. */
  #peek(): string {
    this.#skipBlanks()
    return this.#text.charAt(this.#at)
  }

  #take(expected: string): Readonly<Record<string, string | undefined>> {
    this.#skipBlanks()
    TOKEN.lastIndex = this.#at
    const groups = TOKEN.exec(this.#text)?.groups
    if (groups === undefined) {
      const found = /^\S{1,20}/.exec(this.#text.slice(this.#at))?.[0] ?? 'the end of the file'
      this.#refuse(`expected ${expected}, found ${found}`)
    }
    this.#at = TOKEN.lastIndex
    return groups
  }

  #mark(...marks: readonly string[]): string {
    const found = this.#peek()
    if (!marks.includes(found)) {
      this.#refuse(
        `expected ${marks.join(' or ')}, found ${found === '' ? 'the end of the file' : found}`,
      )
    }
    this.#at += 1
    return found
  }

  #value(path: readonly string[]): JsonValue {
    if (path.length > MAX_DEPTH) this.#refuse('too many brackets inside each other')
    const next = this.#peek()
    if (!this.#lines.has(pathKey(path))) this.#lines.set(pathKey(path), this.#line())
    if (next === '{') return this.#object(path)
    if (next === '[') return this.#array(path)
    const { text, other, mark } = this.#take('a value')
    const token = text ?? other
    return token === undefined
      ? this.#refuse(`expected a value, found ${mark}`)
      : (JSON.parse(token) as JsonValue)
  }

  #object(path: readonly string[]): JsonValue {
    const fields = new Map<string, JsonValue>()
    this.#mark('{')
    if (this.#peek() === '}') this.#at += 1
    else {
      do {
        this.#skipBlanks()
        const line = this.#line()
        const { text, mark, other } = this.#take('a name in double quotes')
        if (text === undefined) {
          this.#refuse(`expected a name in double quotes, found ${mark ?? other}`)
        }
        const name = JSON.parse(text) as string
        const inside = [...path, name]
        // JSON.parse would silently keep the last, and a day would be lost.
        if (fields.has(name)) {
          this.#refuse(
            `"${name}" is there twice, first on line ${this.#lines.get(pathKey(inside))}`,
          )
        }
        this.#lines.set(pathKey(inside), line)
        this.#mark(':')
        fields.set(name, this.#value(inside))
      } while (this.#mark(',', '}') === ',')
    }
    return Object.fromEntries(fields)
  }

  #array(path: readonly string[]): JsonValue {
    const items: JsonValue[] = []
    this.#mark('[')
    if (this.#peek() === ']') this.#at += 1
    else {
      do items.push(this.#value([...path, String(items.length)]))
      while (this.#mark(',', ']') === ',')
    }
    return items
  }
}

/**
 * Reads JSON that people write, such as a schedule file.
 *
 * @throws NleError `invalid` beginning with `line N:` when it is not JSON, or names a field twice
 */
export function parseLinedJson(text: string): LinedJson {
  return new Reader(text.replace(/^\uFEFF/, '')).document()
}
