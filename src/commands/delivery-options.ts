import type { Command } from 'commander'
import { NleError } from '../errors.ts'
import type { DeliverOptions } from './deliver.ts'

/** The options of commands that give commands to a thermostat, as commander gives them. */
export interface RawDeliveryOptions {
  readonly wait: boolean
  readonly timeout: string
  readonly json?: true
}

const MAX_TIMEOUT_S = 86_400

/** How long to wait unless somebody says; a thermostat takes its time with a schedule (`D6`). */
const TIMEOUT_S = 60
export const SCHEDULE_TIMEOUT_S = 120

/** Adds `--no-wait`, `--timeout` and `--json`. */
export function withDeliveryOptions(command: Command, timeoutS = TIMEOUT_S): Command {
  return command
    .option('--no-wait', 'do not wait until the thermostat has it')
    .option('--timeout <seconds>', 'how long to wait', String(timeoutS))
    .option('--json', 'print JSON')
}

/** @throws NleError `invalid` */
export function deliverOptions({ wait, timeout, json }: RawDeliveryOptions): DeliverOptions {
  const seconds = /^\d{1,6}$/.test(timeout) ? Number(timeout) : Number.NaN
  if (!(seconds >= 1 && seconds <= MAX_TIMEOUT_S)) {
    throw new NleError(
      'invalid',
      `--timeout ${JSON.stringify(timeout)} has to be a whole number of seconds from 1 to ${MAX_TIMEOUT_S}.`,
    )
  }
  return { wait, timeoutMs: seconds * 1000, json: json === true }
}
