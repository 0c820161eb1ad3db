import type { ChalkInstance } from 'chalk'
import type { LogEntry } from '../../virtual/index.ts'
import { printable } from '../terminal/printable.ts'
import { glass } from './glass.ts'
import { describeEntry } from './lines.ts'
import { isWrongPort, Outage, wrongPort } from './outage.ts'

interface ReportOptions {
  readonly server: string
  readonly json: boolean
  /** Only one thermostat: its screen is drawn, and its serial left out of the lines. */
  readonly alone: boolean
  readonly chalk: ChalkInstance
  /** How a person starts nle (`own-command.ts`). */
  readonly command: string
  /** @param hang - columns that the further lines of a wrapped line are indented by */
  readonly print: (line: string, hang?: number) => void
}

/** Prints log entries: as text lines, or as one JSON object each. */
export class Report {
  readonly #outage: Outage
  readonly #options: ReportOptions
  #saidWrongPort = false
  readonly #phases = new Map<string, string>()

  constructor(options: ReportOptions) {
    this.#outage = new Outage(options.server, options.command)
    this.#options = options
  }

  /** Prints one entry of a thermostat's log. */
  add(entry: LogEntry): void {
    if (this.#options.json) this.#addJson(entry)
    else this.#addText(entry)
  }

  #addJson(entry: LogEntry): void {
    const { kind, serial, atMs: timeMs, ...rest } = entry
    if (entry.kind === 'requested') return
    if (entry.kind === 'answered') {
      if (this.#outage.found(serial)) this.#printJson({ kind: 'reachable', serial, timeMs })
      return
    }
    this.#printJson({ kind, serial, timeMs, ...rest })
    if (entry.kind === 'failed' && this.#outage.lost(entry)) {
      const message = this.#outage.explain(entry)
      this.#printJson({ kind: 'unreachable', serial, timeMs, message })
    }
  }

  #printJson(line: Readonly<Record<string, unknown>>): void {
    this.#options.print(JSON.stringify(line))
  }

  #addText(entry: LogEntry) {
    if (entry.kind === 'failed') return this.#failed(entry)
    if (entry.kind === 'answered') {
      const found = this.#outage.found(entry.serial)
      if (found && this.#outage.size === 0) this.#line(entry, 'the server answers again')
      return
    }
    if (entry.kind === 'screen') {
      const changed = this.#phases.get(entry.serial) !== entry.screen.phase
      this.#phases.set(entry.serial, entry.screen.phase)
      if (changed && this.#options.alone && this.#draw(entry)) return
    }
    // The drawn screen shows the code already.
    if (entry.kind === 'code' && this.#options.alone) return
    const text = describeEntry(entry, this.#options.chalk)
    if (text !== undefined) this.#line(entry, text)
  }

  #draw(entry: Extract<LogEntry, { kind: 'screen' }>): boolean {
    const drawn = glass(entry.screen, entry.serial, this.#options)
    if (drawn !== undefined) this.#options.print(drawn)
    return drawn !== undefined
  }

  #failed(entry: Extract<LogEntry, { kind: 'failed' }>): void {
    const warn = (text: string): void => this.#line(entry, this.#options.chalk.yellow(text))
    if (isWrongPort(entry)) {
      // Said once: it does not mend itself.
      if (!this.#saidWrongPort) warn(wrongPort(entry))
      this.#saidWrongPort = true
    } else if (entry.status !== undefined) {
      const pause = Math.round(entry.retryInMs / 1000)
      warn(`${entry.request} failed: ${entry.reason}; next try in ${pause} s`)
    } else {
      const others = this.#outage.size > 0
      if (this.#outage.lost(entry) && !others) warn(this.#outage.explain(entry))
    }
  }

  #line(entry: LogEntry, text: string): void {
    const time = this.#options.chalk.dim(new Date(entry.atMs).toTimeString().slice(0, 8))
    const name = this.#options.alone ? '' : `${entry.serial}  `
    this.#options.print(`${time}  ${name}${printableKeepingColour(text)}`, TIME_COLUMNS)
  }
}

/** `14:03:22`, and the gap behind it. */
const TIME_COLUMNS = 10

/** Colours are ours; other control characters come from the server. */
function printableKeepingColour(text: string): string {
  return text
    .split(COLOUR)
    .map((part) => (COLOUR_ONLY.test(part) ? part : printable(part)))
    .join('')
}

const ESCAPE = String.fromCharCode(27)
const COLOUR = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`)
const COLOUR_ONLY = new RegExp(`^${ESCAPE}\\[[0-9;]*m$`)
