import type { ChalkInstance } from 'chalk'
import type { LogEntry } from '../../virtual/index.ts'
import { printable } from '../terminal/printable.ts'
import { glass } from './glass.ts'
import { describeEntry } from './lines.ts'
import { isWrongPort, Outage, wrongPort } from './outage.ts'

/** Prints log entries: as text lines, or as one JSON object each. */
export class Report {
  readonly #outage: Outage
  readonly #alone: boolean
  readonly #chalk: ChalkInstance
  readonly #print: (line: string, hang?: number) => void
  readonly #json: boolean
  #saidWrongPort = false
  readonly #phases = new Map<string, string>()

  constructor(options: {
    server: string
    json: boolean
    /** Only one thermostat: its screen is drawn, and its serial left out of the lines. */
    alone: boolean
    chalk: ChalkInstance
    /** @param hang - columns that the further lines of a wrapped line are indented by */
    print: (line: string, hang?: number) => void
  }) {
    this.#outage = new Outage(options.server)
    this.#alone = options.alone
    this.#chalk = options.chalk
    this.#print = options.print
    this.#json = options.json
  }

  /** Prints one entry of a thermostat's log. */
  add(entry: LogEntry): void {
    if (this.#json) this.#addJson(entry)
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
    this.#print(JSON.stringify(line))
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
      const drawn = changed && this.#alone ? this.#draw(entry) : false
      if (drawn) return
    }
    // The drawn screen shows the code already.
    if (entry.kind === 'code' && this.#alone) return
    const text = describeEntry(entry, this.#chalk)
    if (text !== undefined) this.#line(entry, text)
  }

  #draw(entry: Extract<LogEntry, { kind: 'screen' }>): boolean {
    const drawn = glass(entry.screen, entry.serial, this.#chalk)
    if (drawn !== undefined) this.#print(drawn)
    return drawn !== undefined
  }

  #failed(entry: Extract<LogEntry, { kind: 'failed' }>) {
    if (isWrongPort(entry)) return this.#wrongPort(entry)
    if (entry.status !== undefined) {
      const text = `${entry.request} failed: ${entry.reason}; next try in ${seconds(entry.retryInMs)}`
      return this.#line(entry, this.#chalk.yellow(text))
    }
    const others = this.#outage.size > 0
    if (!this.#outage.lost(entry) || others) return
    this.#line(entry, this.#chalk.yellow(this.#outage.explain(entry)))
  }

  /** Printed once: it does not mend itself. */
  #wrongPort(entry: Extract<LogEntry, { kind: 'failed' }>) {
    if (this.#saidWrongPort) return
    this.#saidWrongPort = true
    const server = URL.canParse(entry.url) ? new URL(entry.url).origin : entry.url
    this.#line(entry, this.#chalk.yellow(`${wrongPort(server)} The thermostat keeps trying.`))
  }

  #line(entry: LogEntry, text: string): void {
    const time = this.#chalk.dim(new Date(entry.atMs).toTimeString().slice(0, 8))
    const name = this.#alone ? '' : `${entry.serial}  `
    this.#print(`${time}  ${name}${printableKeepingColour(text)}`, TIME_COLUMNS)
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

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
