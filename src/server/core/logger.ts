import type { Writable } from 'node:stream'
import { Chalk } from 'chalk'
import { printableJson } from '../../protocol/input.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** One event, one line: a short constant sentence says what happened, the fields give the details. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export interface LoggerOptions {
  readonly format: 'text' | 'json'
  readonly level: LogLevel
  readonly color: boolean
  /** Wall clock, ms. */
  nowMs(): number
  /** Leaves the time out, because journald writes its own. */
  readonly omitTime?: boolean
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** A logger that writes lines to a stream. A value cannot start another line. */
export function makeLogger(out: Writable, options: LoggerOptions): Logger {
  const chalk = new Chalk({ level: options.color ? 1 : 0 })
  const paint = { debug: chalk.dim, info: chalk.reset, warn: chalk.yellow, error: chalk.red }
  const least = LEVELS.indexOf(options.level)
  const log = (level: LogLevel, event: string, fields: LogFields = {}): void => {
    if (LEVELS.indexOf(level) < least) return
    const given = Object.entries(fields).filter(([, value]) => value !== undefined)
    if (options.format === 'json') {
      const time = new Date(options.nowMs()).toISOString()
      const line = JSON.stringify({ time, level, event, ...Object.fromEntries(given) })
      out.write(`${printableJson(line)}\n`)
      return
    }
    const time = options.omitTime ? '' : `${chalk.dim(localTime(options.nowMs()))} `
    const label = level === 'info' ? '' : `${level}: `
    const rest = given.map(([name, value]) => ` ${chalk.dim(`${name}=`)}${plain(value)}`).join('')
    out.write(`${time}${paint[level](label + event)}${rest}\n`)
  }
  return {
    debug: (event, fields) => log('debug', event, fields),
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    error: (event, fields) => log('error', event, fields),
  }
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: noop, info: noop, warn: noop, error: noop }

function noop(): void {}

/** `HH:MM:SS` in local time. */
function localTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

/** A value as one word or a quoted string, so that a device cannot forge a line or a colour. */
function plain(value: string | number | boolean | null | undefined): string {
  const text = String(value)
  const isWord = /^[\x21-\x7e]+$/.test(text) && !text.includes('"')
  return isWord ? text : printableJson(JSON.stringify(text))
}
