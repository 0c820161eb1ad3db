import { printableJson } from '../../protocol/input.ts'
import { remember } from './bounded-map.ts'
import type { Clock, Timer } from './clock.ts'
import type { LogFields, Logger, LogLevel, Sameness } from './logger.ts'

const MINUTE_MS = 60_000
/** Different lines of one event that are written in a minute, at most. */
const MAX_OF_ONE_EVENT = 20
/** Lines that are remembered so that they are not repeated, at most. */
const MAX_REMEMBERED = 256
/** What all lines of a minute may take, bytes: warnings and errors, and the others. */
const MAX_BYTES = { troubles: 40_000, others: 40_000 }
/** Events of which the number of left out lines is written, at most. */
const MAX_NUMBERS = 64
/** Errors of which none was written in this minute are written beyond that. */
const MAX_SPARE_ERRORS = 20
/** What a line has beside its fields: time, level, punctuation. */
const LINE_BYTES = 64

/** A line that was written, and how often it was held back since. */
interface Line {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
  readonly writtenAtMs: number
  readonly quietMs: number
  repeats: number
}

/** What was written in this minute. */
interface Minute {
  readonly startedAtMs: number
  bytes: { troubles: number; others: number }
  spareErrors: number
  /** By event: the different warnings and errors of it. */
  readonly different: Map<string, number>
  /** By event, with its level: the lines that were left out, because there were too many. */
  readonly leftOut: Map<string, { level: LogLevel; event: string; count: number }>
}

/**
 * A log that no stranger can fill. A warning or error that comes again within a minute is counted, and then
 * written once more with that number. Of one event, and of all together, only so much is written in a minute;
 * what is left out is counted, too.
 */
export class LogLimit implements Logger {
  readonly #out: Logger
  readonly #clock: Clock
  /** Oldest first. */
  readonly #lines = new Map<string, Line>()
  #minute: Minute
  #timer: Timer | undefined

  constructor(out: Logger, clock: Clock) {
    this.#out = out
    this.#clock = clock
    this.#minute = newMinute(clock.now().steadyMs)
  }

  debug(event: string, fields: LogFields = {}): void {
    // Lines that nobody sees take no room from others.
    if (this.#out.dropsDebug) return
    this.#other('debug', event, fields)
  }

  info(event: string, fields: LogFields = {}): void {
    this.#other('info', event, fields)
  }

  warn(event: string, fields: LogFields = {}, sameness: Sameness = {}): void {
    this.#trouble('warn', event, fields, sameness)
  }

  error(event: string, fields: LogFields = {}, sameness: Sameness = {}): void {
    this.#trouble('error', event, fields, sameness)
  }

  /** Writes the numbers that are still to be written; for the end of the process. */
  stop(): void {
    this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
    this.#report(Number.POSITIVE_INFINITY)
  }

  #other(level: 'debug' | 'info', event: string, fields: LogFields): void {
    const minute = this.#minuteNow()
    const size = sizeOf(event, fields)
    if (minute.bytes.others + size > MAX_BYTES.others) {
      this.#leaveOut(level, event)
      return
    }
    minute.bytes.others += size
    this.#out[level](event, fields)
  }

  #trouble(
    level: 'warn' | 'error',
    event: string,
    fields: LogFields,
    { about = fields, quietMs = MINUTE_MS }: Sameness,
  ): void {
    const minute = this.#minuteNow()
    const key = JSON.stringify([level, event, about])
    const line = this.#lines.get(key)
    const nowMs = this.#clock.now().steadyMs
    if (line !== undefined && nowMs - line.writtenAtMs < line.quietMs) {
      line.repeats += 1
      this.#arm()
      return
    }
    const different = minute.different.get(event) ?? 0
    const mayWrite = different < MAX_OF_ONE_EVENT && this.#takeRoom(event, fields)
    const isSpare = level === 'error' && different === 0 && minute.spareErrors < MAX_SPARE_ERRORS
    if (!mayWrite && !isSpare) {
      this.#leaveOut(level, event)
      return
    }
    if (!mayWrite) minute.spareErrors += 1
    minute.different.set(event, different + 1)
    if (line !== undefined) this.#repeated(line, nowMs)
    const written = { level, event, fields, writtenAtMs: nowMs, quietMs, repeats: 0 }
    remember(this.#lines, key, written, MAX_REMEMBERED)
    this.#out[level](event, fields)
  }

  /** Whether a warning or error has room in this minute; if so, it takes it. */
  #takeRoom(event: string, fields: LogFields): boolean {
    const { bytes } = this.#minute
    const size = sizeOf(event, fields)
    if (bytes.troubles + size > MAX_BYTES.troubles) return false
    bytes.troubles += size
    return true
  }

  #leaveOut(level: LogLevel, event: string, count = 1): void {
    const { leftOut } = this.#minute
    const key = `${level} ${event}`
    const before = leftOut.get(key)
    if (before !== undefined) before.count += count
    else if (leftOut.size < MAX_NUMBERS) leftOut.set(key, { level, event, count })
    this.#arm()
  }

  #minuteNow(): Minute {
    const { steadyMs } = this.#clock.now()
    if (steadyMs - this.#minute.startedAtMs >= MINUTE_MS) this.#report(steadyMs)
    return this.#minute
  }

  #arm(): void {
    this.#timer ??= this.#clock.setTimer(MINUTE_MS, () => {
      this.#timer = undefined
      this.#report(this.#clock.now().steadyMs)
    })
  }

  /** Writes what was held back until now, and begins a new minute. */
  #report(nowMs: number): void {
    const { leftOut } = this.#minute
    this.#minute = newMinute(this.#clock.now().steadyMs)
    for (const { level, event, count } of leftOut.values()) {
      const fields = { more_in_the_last_minute: count }
      this.#takeRoom(event, fields)
      this.#out[level](event, fields)
    }
    for (const [key, line] of this.#lines) {
      if (nowMs - line.writtenAtMs < line.quietMs) continue
      this.#repeated(line, nowMs)
      this.#lines.delete(key)
    }
    if ([...this.#lines.values()].some(({ repeats }) => repeats > 0)) this.#arm()
  }

  #repeated({ level, event, fields, repeats, writtenAtMs }: Line, nowMs: number): void {
    if (repeats === 0) return
    const untilMs = Math.min(nowMs, this.#clock.now().steadyMs)
    const inS = Math.round((untilMs - writtenAtMs) / 1000)
    const counted = { ...fields, repeated: repeats, in_s: inS }
    if (this.#takeRoom(event, counted) || level === 'error') this.#out[level](event, counted)
    else this.#leaveOut(level, event, repeats)
  }
}

function newMinute(startedAtMs: number): Minute {
  return {
    startedAtMs,
    bytes: { troubles: 0, others: 0 },
    spareErrors: 0,
    different: new Map(),
    leftOut: new Map(),
  }
}

function sizeOf(event: string, fields: LogFields): number {
  return LINE_BYTES + Buffer.byteLength(printableJson(JSON.stringify([event, fields])))
}
