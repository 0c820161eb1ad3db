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

/**
 * Reads JSON that people write, such as a schedule file.
 *
 * @throws NleError `invalid` beginning with `line N:` when it is not JSON, or names a field twice
 */
export function parseLinedJson(written: string): LinedJson {
  const source = written.replace(/^\uFEFF/, '')
  const lines = new Map<string, number>()
  let at = 0
  let counted = 0
  let lineAtCounted = 1

  /** The line of `at`, which only moves on: counted from where the last count ended. */
  function line(): number {
    for (; counted < at; counted++) if (source.charAt(counted) === '\n') lineAtCounted += 1
    return lineAtCounted
  }

  function refuse(reason: string): never {
    throw new NleError('invalid', `line ${line()}: ${reason}`)
  }

  /** The next character that is not blank, or '' at the end; it is not consumed. */
  function peek(): string {
    BLANKS.lastIndex = at
    BLANKS.exec(source)
    at = BLANKS.lastIndex
    return source.charAt(at)
  }

  function take(expected: string): Readonly<Record<string, string | undefined>> {
    peek()
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(source)?.groups
    if (groups === undefined) {
      const found = /^\S{1,20}/.exec(source.slice(at))?.[0] ?? 'the end of the file'
      refuse(`expected ${expected}, found ${found}`)
    }
    at = TOKEN.lastIndex
    return groups
  }

  function mark(...marks: readonly string[]): string {
    const found = peek()
    if (!marks.includes(found)) {
      refuse(
        `expected ${marks.join(' or ')}, found ${found === '' ? 'the end of the file' : found}`,
      )
    }
    at += 1
    return found
  }

  /** What is between two brackets. */
  function items(open: string, close: string, readItem: () => void): void {
    mark(open)
    if (peek() === close) at += 1
    else {
      do readItem()
      while (mark(',', close) === ',')
    }
  }

  function value(path: readonly string[]): JsonValue {
    if (path.length > MAX_DEPTH) refuse('too many brackets inside each other')
    const next = peek()
    if (!lines.has(pathKey(path))) lines.set(pathKey(path), line())
    if (next === '{') {
      const fields = new Map<string, JsonValue>()
      items('{', '}', () => field(path, fields))
      return Object.fromEntries(fields)
    }
    if (next === '[') {
      const list: JsonValue[] = []
      items('[', ']', () => list.push(value([...path, String(list.length)])))
      return list
    }
    const { text, other, mark } = take('a value')
    const token = text ?? other
    if (token === undefined) refuse(`expected a value, found ${mark}`)
    return JSON.parse(token) as JsonValue
  }

  function field(path: readonly string[], fields: Map<string, JsonValue>): void {
    peek()
    const fieldLine = line()
    const { text, mark: found, other } = take('a name in double quotes')
    if (text === undefined) refuse(`expected a name in double quotes, found ${found ?? other}`)
    const name = JSON.parse(text) as string
    const inside = [...path, name]
    // JSON.parse would silently keep the last, and a day would be lost.
    if (fields.has(name)) {
      refuse(`"${name}" is there twice, first on line ${lines.get(pathKey(inside))}`)
    }
    lines.set(pathKey(inside), fieldLine)
    mark(':')
    fields.set(name, value(inside))
  }

  const whole = value([])
  if (peek() !== '') refuse('nothing may follow the last bracket')
  return {
    value: whole,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const found = lines.get(pathKey(path.slice(0, length)))
        if (found !== undefined) return found
      }
      return 1
    },
  }
}
