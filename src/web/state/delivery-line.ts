import type { ChangeAnswer } from '../../api/shapes.ts'
import { clockText } from '../format/times.ts'
import { TEXTS } from '../texts.ts'

/** The last change that a person asked for on this page, as long as the server has not reported on it. */
export type AskedChange =
  /** With the id of the change once the server took it. */
  | { readonly state: 'sending'; readonly changeId?: number }
  | { readonly state: 'unreached' }
  | { readonly state: 'refused'; readonly why: string }

/** What the line under a dial says, and how: a failure is not told in the same tone as a success. */
export interface DeliveryLine {
  readonly tone: 'open' | 'done' | 'failed'
  readonly text: string
}

/** An ended change is told for this long, then it is no news. */
const NEWS_MS = 10 * 60_000

/**
 * What became of the last change of a thermostat. It is the only place that tells.
 *
 * @param asked - what this page asked for and the server has not reported on
 * @param last - the newest change that the server knows
 * @param turnedTo - the target of now, in words; told when somebody at the thermostat overruled the change
 * @returns undefined when there is nothing to tell
 */
export function deliveryLine(
  asked: AskedChange | undefined,
  last: ChangeAnswer | undefined,
  turnedTo: string | undefined,
  nowMs: number,
): DeliveryLine | undefined {
  const { delivery: texts } = TEXTS
  if (asked?.state === 'sending' && !isReported(asked, last)) {
    return { tone: 'open', text: texts.sending }
  }
  if (asked?.state === 'unreached') return { tone: 'failed', text: texts.unreached }
  if (asked?.state === 'refused') return { tone: 'failed', text: texts.refused(asked.why) }
  if (last === undefined) return undefined
  if (last.state === 'sent') return { tone: 'open', text: texts.onItsWay }
  if (last.state === 'queued') return { tone: 'open', text: waiting(last) }
  const endedMs = Date.parse(last.ended_at ?? last.created_at)
  if (nowMs - endedMs > NEWS_MS) return undefined
  const at = clockText(endedMs)
  switch (last.state) {
    case 'confirmed':
      return { tone: 'done', text: texts.confirmed(at) }
    case 'superseded':
      return { tone: 'done', text: overruledText(last, turnedTo) }
    case 'expired':
      return { tone: 'failed', text: texts.expired(at) }
    case 'ignored':
      return { tone: 'failed', text: texts.ignored(at) }
  }
}

/** Whether the server has told of a change, or of a later one. */
function isReported(
  { changeId }: { readonly changeId?: number },
  last: ChangeAnswer | undefined,
): boolean {
  return changeId !== undefined && last !== undefined && last.id >= changeId
}

function waiting({ parts }: ChangeAnswer): string {
  const ends = parts.flatMap(({ expires_at: at }) => (at === null ? [] : [Date.parse(at)]))
  return ends.length === 0
    ? TEXTS.delivery.waits
    : TEXTS.delivery.waitsUntil(clockText(Math.min(...ends)))
}

/** The newest change was superseded, so it was not by a later change: the thermostat itself set something else. */
function overruledText({ command }: ChangeAnswer, turnedTo: string | undefined): string {
  const isTarget = command === 'set_temperature'
  return isTarget && turnedTo !== undefined
    ? TEXTS.delivery.turnedTo(turnedTo)
    : TEXTS.delivery.overruled
}
