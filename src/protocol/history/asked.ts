import { NleError } from '../../errors.ts'
import { DAY_MS, HOUR_MS, type Slot, slotsOf, type Zone } from './calendar.ts'
import { COLUMN_NAMES, type ColumnName } from './columns.ts'
import { FIELD_NAMES } from './reading.ts'

/** Points of one column, or rows of a table, that an answer has at most. */
export const MAX_POINTS = 5_000
/** About how many points an answer has when the request does not say how far apart they are. */
const USUAL_POINTS = 500
const MINUTE_MS = 60_000
/** The steps to choose from: each divides a day. */
const STEPS_MS: readonly number[] = [
  ...[1, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
]
/** The year 2200: no time of a history is later. */
const LATEST_MS = 7_258_118_400_000

/** What a request has, as text; undefined for what it leaves out. */
export type AskedText = Readonly<Partial<Record<'from' | 'to' | 'step' | 'fields' | 'by', string>>>

/** The part of a history that a request asks for. */
export interface AskedSlots {
  readonly stepMs: number
  readonly slots: readonly Slot[]
}

/**
 * The slots of a chart: of the last day when the request does not say of when, and about as many as a chart
 * shows when it does not say how long they are.
 *
 * @throws NleError `invalid`
 */
export function askedSlots(asked: AskedText, nowMs: number, zone: Zone): AskedSlots {
  const { fromMs, toMs } = askedTime(asked, nowMs, DAY_MS)
  const stepMs =
    asked.step === undefined
      ? stepFor(toMs - fromMs, USUAL_POINTS)
      : wholeNumber('step', asked.step)
  if (stepMs < 1_000 || (stepMs > DAY_MS && stepMs % DAY_MS !== 0) || stepMs > LATEST_MS) {
    throw new NleError(
      'invalid',
      `step must be from 1000 to ${DAY_MS} (ms), or a whole number of days of ${DAY_MS}`,
    )
  }
  return { stepMs, slots: boundedSlots({ fromMs, toMs }, stepMs, zone) }
}

/**
 * The slots of a table of runtimes: days of the last week when the request does not say.
 *
 * @throws NleError `invalid`
 */
export function askedRuntime(
  asked: AskedText,
  nowMs: number,
  zone: Zone,
): AskedSlots & { readonly by: 'day' | 'hour' } {
  const { by = 'day' } = asked
  if (by !== 'day' && by !== 'hour') throw new NleError('invalid', 'by must be day or hour')
  const stepMs = by === 'day' ? DAY_MS : HOUR_MS
  // Six days and the one that began last.
  const time = askedTime(asked, nowMs, 6 * DAY_MS)
  return { by, stepMs, slots: boundedSlots(time, stepMs, zone) }
}

/** @throws NleError `invalid` for a column that there is not */
export function askedColumns({ fields = '' }: AskedText): readonly ColumnName[] {
  const names = fields.split(',').map((name) => name.trim())
  const asked = names.filter((name) => name !== '')
  if (asked.length === 0) return FIELD_NAMES
  const unknown = asked.find((name) => !COLUMN_NAMES.some((each) => each === name))
  if (unknown === undefined) return COLUMN_NAMES.filter((name) => asked.includes(name))
  throw new NleError(
    'invalid',
    `there is no field ${unknown.slice(0, 64)}; fields may be ${COLUMN_NAMES.join(', ')}`,
  )
}

function askedTime(asked: AskedText, nowMs: number, usualMs: number) {
  const toMs = asked.to === undefined ? Math.ceil(nowMs) : wholeNumber('to', asked.to)
  const fromMs =
    asked.from === undefined ? Math.max(0, toMs - usualMs) : wholeNumber('from', asked.from)
  if (fromMs < toMs) return { fromMs, toMs }
  throw new NleError('invalid', 'from must be before to')
}

function wholeNumber(name: string, text: string): number {
  const value = /^\d{1,13}$/.test(text) ? Number(text) : Number.NaN
  if (value <= LATEST_MS) return value
  throw new NleError('invalid', `${name} must be a whole number of ms, such as 1760000000000`)
}

/** The shortest of the usual steps with which a chart has no more points than this. */
export function stepFor(lengthMs: number, points: number): number {
  const step = STEPS_MS.find((stepMs) => lengthMs / stepMs <= points)
  return step ?? Math.max(1, Math.ceil(lengthMs / DAY_MS / points)) * DAY_MS
}

function boundedSlots({ fromMs, toMs }: Slot, stepMs: number, zone: Zone): Slot[] {
  const slots = slotsOf(fromMs, toMs, stepMs, zone, MAX_POINTS)
  if (slots.length <= MAX_POINTS) return slots
  throw new NleError(
    'invalid',
    `That would be more than ${MAX_POINTS} points. Ask for a shorter time, or for longer steps.`,
  )
}
