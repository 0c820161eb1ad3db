import type { ChalkInstance } from 'chalk'
import type { JsonObject } from '../../protocol/bucket.ts'
import { type ChangeReport, scaleOf } from '../client/answers.ts'
import { printable } from '../terminal/printable.ts'
import { changeText, stateCell } from './change-table.ts'
import { currentTemperature, modeText, targetText } from './device-table.ts'
import { YOURS } from './owner-text.ts'
import { silenceText, waitingText } from './reach-text.ts'
import { running } from './status-card.ts'

/** What the words for a thermostat depend on besides itself. */
export interface Around {
  readonly nowMs: number
  /** See `ownerNames`. */
  ownerOf(status: JsonObject): string | undefined
}

type Watched = readonly [
  read: (status: JsonObject, around: Around) => string,
  describe: (value: string) => string,
]

/** Each watched value of a thermostat, and the words for a new one. */
const WATCHED: readonly Watched[] = [
  [(status) => String(status.name), (value) => `is called ${value}`],
  [
    (status, { nowMs }) =>
      status.is_available === true ? 'is online' : `was ${silenceText(status, nowMs)}`,
    (value) => value,
  ],
  [
    (status, { ownerOf }) => ownerOf(status) ?? '',
    (value) => {
      if (value === '') return 'is not paired any more'
      return value === YOURS ? 'is paired now' : `is paired with ${value}`
    },
  ],
  [
    (status) => (typeof status.pairing_warning === 'string' ? status.pairing_warning : ''),
    (value) => (value === '' ? 'shows no new code any more' : value),
  ],
  [currentTemperature, (value) => `measures ${value}`],
  [humidity, (value) => `humidity ${value}`],
  [targetText, (value) => `target ${value}`],
  [modeText, (value) => `mode ${value}`],
  [(status) => (status.away === true ? 'away' : 'home'), (value) => `is set to ${value}`],
  [running, (value) => `runs ${value}`],
]

/**
 * The differences between two statuses of a thermostat, in words; only those that people care for.
 *
 * @param before - undefined for a new thermostat
 */
export function differences(
  before: JsonObject | undefined,
  after: JsonObject,
  around: Around,
): string[] {
  if (before === undefined) {
    return [`is new: ${currentTemperature(after)}, target ${targetText(after)}, ${modeText(after)}`]
  }
  return WATCHED.flatMap(([read, describe]) => {
    const now = read(after, around)
    return read(before, around) === now ? [] : describe(now)
  })
}

/** The new state of a change: `temperature 21 °C: confirmed`; of a queued one, what it waits for. */
export function changeLine(
  change: ChangeReport,
  device: JsonObject | undefined,
  { chalk, nowMs }: { readonly chalk: ChalkInstance; readonly nowMs: number },
): string {
  const { text, paint = String } = stateCell(change.state, chalk)
  const waits =
    change.state === 'queued' && device !== undefined
      ? `waits for ${waitingText(device, nowMs)}`
      : change.reason
  const why = waits === undefined ? '' : ` (${printable(waits)})`
  const what = printable(changeText(change, scaleOf(device ?? {})))
  return `${what}: ${paint(printable(text))}${why}`
}

function humidity(status: JsonObject): string {
  const { humidity: percent } = status
  return typeof percent === 'number' && percent > 0 ? `${Math.round(percent)} %` : '–'
}
