import { NleError } from '../../errors.ts'
import type { OffsetAt } from '../view/device-view.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440

/** The part of each day in which a receiver is told nothing; minutes after midnight, server's time. */
export interface QuietTime {
  readonly fromMinutes: number
  readonly toMinutes: number
}

/**
 * Reads `22:00-07:00`.
 *
 * @throws NleError `invalid`
 */
export function readQuietTime(text: string): QuietTime {
  const [, ...parts] = /^(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/.exec(text.trim()) ?? []
  const [h1 = 99, m1 = 99, h2 = 99, m2 = 99] = parts.map(Number)
  const isTime = h1 < 24 && m1 < 60 && h2 < 24 && m2 < 60
  const quiet = { fromMinutes: h1 * 60 + m1, toMinutes: h2 * 60 + m2 }
  if (isTime && quiet.fromMinutes !== quiet.toMinutes) return quiet
  throw new NleError('invalid', 'quiet has to be two times of day, such as 22:00-07:00')
}

export function quietTimeText({ fromMinutes, toMinutes }: QuietTime): string {
  return `${clockText(fromMinutes)}-${clockText(toMinutes)}`
}

/** How long it is quiet from now on, ms; 0 when it is not. */
export function quietLeftMs(quiet: QuietTime | null, nowMs: number, offsetAt: OffsetAt): number {
  if (quiet === null) return 0
  const localMinutes = localMinutesOf(nowMs, offsetAt)
  const lengthMinutes = minutesFrom(quiet.fromMinutes, quiet.toMinutes)
  const passedMinutes = minutesFrom(quiet.fromMinutes, localMinutes)
  if (passedMinutes >= lengthMinutes) return 0
  return (lengthMinutes - passedMinutes) * MINUTE_MS - (nowMs % MINUTE_MS)
}

/** `02:14`, by the server's clock. */
export function localClock(atMs: number, offsetAt: OffsetAt): string {
  return clockText(localMinutesOf(atMs, offsetAt))
}

function localMinutesOf(atMs: number, offsetAt: OffsetAt): number {
  return minutesFrom(0, Math.floor((atMs + offsetAt(atMs) * 1000) / MINUTE_MS))
}

/** From one time of day to the next other one. */
function minutesFrom(from: number, to: number): number {
  return (((to - from) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
}

function clockText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}
