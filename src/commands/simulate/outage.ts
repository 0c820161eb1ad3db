import { SETTINGS } from '../../config.ts'
import type { LogEntry } from '../../virtual/index.ts'

type Failed = Extract<LogEntry, { kind: 'failed' }>

const AGAIN = 'The thermostat keeps trying.'

/** Whether the server answers but has no /entry: it is not the listener for thermostats. */
export function isWrongPort({ request, status }: Failed): boolean {
  return request === 'entry' && status === 404
}

/** The message for a server whose control port was taken for the port of thermostats. */
export function wrongPort({ url }: Failed): string {
  return (
    `${originOf(url)} answers, but it is not the port for thermostats of an nle server. ` +
    `If it is the control API, the other one is meant (${SETTINGS.serverPort.fallback}). ${AGAIN}`
  )
}

/** The thermostats without an answer, so that an outage is reported once and not per attempt. */
export class Outage {
  readonly #server: string
  readonly #command: string
  readonly #serials = new Set<string>()

  /** @param command - how a person starts nle */
  constructor(server: string, command: string) {
    this.#server = server
    this.#command = command
  }

  /** True when this thermostat has just lost the server. */
  lost(entry: Failed): boolean {
    if (entry.status !== undefined || this.#serials.has(entry.serial)) return false
    this.#serials.add(entry.serial)
    return true
  }

  /** True when this thermostat has just got an answer again. */
  found(serial: string): boolean {
    return this.#serials.delete(serial)
  }

  /** How many thermostats are without a server. */
  get size(): number {
    return this.#serials.size
  }

  /** What happened, why, and what to do next. */
  explain(entry: Failed): string {
    const origin = originOf(entry.url)
    if (origin !== this.#server) {
      return (
        `${this.#server} sends the thermostat on to ${origin}, which does not answer: ` +
        `${entry.reason}. Check the API origin the server is configured with, or use --direct. ${AGAIN}`
      )
    }
    return (
      `No answer from ${origin}: ${entry.reason}. ` +
      `Start the server with "${this.#command} serve", or name another with --server. ${AGAIN}`
    )
  }
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url
}
