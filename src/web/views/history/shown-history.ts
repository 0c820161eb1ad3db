import { signal } from '@preact/signals'
import { DAY_MS } from '../../../protocol/history/calendar.ts'
import { RequestError, request } from '../../client/request.ts'
import { isInSight, type Range, type ShownSpan, zoneNamed } from './history-range.ts'
import { type ChartAnswer, FIELDS, knownFromMs } from './history-series.ts'
import type { RuntimeRows } from './runtime-bars.ts'

/** What was read last, and of what. */
export interface ReadHistory {
  readonly serial: string
  readonly range: Range
  readonly history: ChartAnswer
  readonly runtime: RuntimeRows
  /** There is nothing older than what is in sight, and that is young. */
  readonly isNew: boolean
}

const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

// A person who looks elsewhere on the page, or at another thermostat, comes back to the same time.
export const span = signal<ShownSpan>('day')
/** An instant of the last day in sight; undefined for today. */
export const lastMs = signal<number | undefined>(undefined)
export const isTable = signal(false)

export const browserZone = zoneNamed(BROWSER_ZONE) ?? { name: 'UTC', offsetS: () => 0 }
/** The zone of days and times: that of the server, once it has told it. */
export const zone = signal(browserZone)

export const reading = signal<ReadHistory | undefined>(undefined)
export const trouble = signal<'off' | 'unread' | undefined>(undefined)

/** Anything younger may be the beginning of the history. */
const NEW_MS = 3_600_000
/** How far back is looked for older data. */
const BEFORE_MS = 4_000 * DAY_MS

let count = 0

/** Reads what is in sight; what was read before stays in sight until then. */
export async function readHistory(serial: string, range: Range): Promise<void> {
  count += 1
  const mine = count
  const { fromMs: from, toMs: to, stepMs: step } = range
  const time = { serial, from, to }
  try {
    const [history, runtime] = await Promise.all([
      request('getHistory', { query: { ...time, step, fields: FIELDS.join() } }),
      request('getRuntime', { query: { ...time, by: range.span === 'day' ? 'hour' : 'day' } }),
    ])
    const isNew = await isBeginning(serial, range, history)
    if (mine !== count) return
    const serverZone = zoneNamed(history.time_zone)
    if (serverZone !== undefined && serverZone.name !== zone.value.name) {
      // Its days are others: the view reads them next.
      zone.value = serverZone
      return
    }
    reading.value = { serial, range, history, runtime, isNew }
    trouble.value = undefined
  } catch (error) {
    if (mine !== count) return
    const isOff = error instanceof RequestError && error.status === 404
    trouble.value = isOff ? 'off' : 'unread'
    if (isOff) reading.value = undefined
  }
}

/** Looks for older data where the little that is in sight is young. */
async function isBeginning(serial: string, range: Range, history: ChartAnswer): Promise<boolean> {
  const nowMs = Date.now()
  if (!isInSight(range, nowMs)) return false
  const known = knownFromMs(history) ?? nowMs
  if (known < nowMs - NEW_MS - range.stepMs) return false
  const time = { from: Math.max(0, range.fromMs - BEFORE_MS), to: range.fromMs, step: DAY_MS }
  const older = await request('getHistory', { query: { serial, ...time, fields: 'online' } })
  return knownFromMs(older) === undefined
}
