import type { Writable } from 'node:stream'
import { Chalk } from 'chalk'
import { printableJson } from '../../protocol/input.ts'
import { withoutUrlSecrets } from '../../protocol/secrets.ts'
import type { RecentLog } from './recent-log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** When two lines say the same, so that the second one is only counted. */
export interface Sameness {
  /** What makes two lines of an event the same one; by default all fields. */
  readonly about?: string | LogFields
  /** How long the second one is not news; by default a minute. */
  readonly quietMs?: number
}

/** How long a mistake of a client is known once it is logged: it makes it with every request. */
export const CLIENT_MISTAKE_QUIET_MS = 3_600_000

/** One event, one line: a short constant sentence says what happened, the fields give the details. */
export interface Logger {
  /** Whether debug lines go nowhere. */
  readonly dropsDebug?: boolean
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields, sameness?: Sameness): void
  error(event: string, fields?: LogFields, sameness?: Sameness): void
}

export interface LoggerOptions {
  readonly format: 'text' | 'json'
  readonly level: LogLevel
  readonly color: boolean
  /** Wall clock, ms. */
  nowMs(): number
  /** Puts the words for starting nle here into hints; without it they say `nle`. */
  readonly hint?: (text: string) => string
  /** Leaves the time out, because journald writes its own. */
  readonly omitTime?: boolean
  /** Is given each line that is written, as plain text with date and time. */
  readonly recent?: RecentLog
}

/** The longest value of a field: the stack of a defect. */
const MAX_LENGTH = 4_000

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A logger that writes lines to a stream. A value cannot start another line. */
export function makeLogger(out: Writable, options: LoggerOptions): Logger {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const paint = { debug: chalk.dim, info: chalk.reset, warn: chalk.yellow, error: chalk.red }
  const { hint = (text) => text } = options
  const least = LEVELS.indexOf(options.level)
  const log = (level: LogLevel, what: string, fields: LogFields = {}): void => {
    if (LEVELS.indexOf(level) < least) return
    const event = hint(what)
    const given = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(
        ([name, value]) => [name, typeof value === 'string' ? hint(safe(value)) : value] as const,
      )
    const label = level === 'info' ? '' : `${level}: `
    if (options.recent !== undefined) {
      const fields = given.map(([name, value]) => ` ${name}=${plain(value)}`).join('')
      options.recent.add(`${localDate(options.nowMs())} ${label}${event}${fields}`)
    }
    if (options.format === 'json') {
      const time = new Date(options.nowMs()).toISOString()
      const line = JSON.stringify({ time, level, event, ...Object.fromEntries(given) })
      out.write(`${printableJson(line)}\n`)
      return
    }
    const time = options.omitTime ? '' : `${chalk.dim(localTime(options.nowMs()))} `
    const rest = given.map(([name, value]) => ` ${chalk.dim(`${name}=`)}${plain(value)}`).join('')
    out.write(`${time}${paint[level](label + event)}${rest}\n`)
  }
  return {
    dropsDebug: least > LEVELS.indexOf('debug'),
    debug: (event, fields) => log('debug', event, fields),
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    error: (event, fields) => log('error', event, fields),
  }
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: noop, info: noop, warn: noop, error: noop }

function noop(): void {}

/** A text without passwords in its addresses (`I5`), and no longer than anybody reads. */
function safe(text: string): string {
  return withoutUrlSecrets(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text)
}

/** `HH:MM:SS` in local time. */
function localTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

/** `YYYY-MM-DD HH:MM:SS` in local time. */
function localDate(ms: number): string {
  const date = new Date(ms)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${localTime(ms)}`
}

/** A value as one word or a quoted string, so that a device cannot forge a line or a colour. */
function plain(value: string | number | boolean | null | undefined): string {
  const text = String(value)
  const isWord = /^[\x21-\x7e]+$/.test(text) && !text.includes('"')
  return isWord ? text : printableJson(JSON.stringify(text))
}
