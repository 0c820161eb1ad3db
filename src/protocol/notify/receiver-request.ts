import type { OffsetAt } from '../view/device-view.ts'
import type { Notice } from './notice.ts'
import { localClock } from './quiet-time.ts'
import { type Receiver, topicOf } from './receiver.ts'

/** A notice that is older says when it was noticed: a phone only shows when it came. */
const LATE_MS = 10 * 60_000

export interface ReceiverRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The request that tells a receiver of a notice.
 *
 * @param nowMs - wall clock
 * @param sign - HMAC-SHA256 of a text, in hex
 */
export function receiverRequest(
  { type, url, secret }: Receiver,
  notice: Notice,
  nowMs: number,
  offsetAt: OffsetAt,
  sign: (secret: string, text: string) => string,
): ReceiverRequest {
  const json = { 'Content-Type': 'application/json; charset=utf-8' }
  if (type === 'webhook') {
    const body = JSON.stringify(notice)
    const timestamp = String(Math.floor(nowMs / 1000))
    const signature = `sha256=${sign(secret ?? '', `${timestamp}.${body}`)}`
    return {
      url,
      headers: { ...json, 'X-Nle-Timestamp': timestamp, 'X-Nle-Signature': signature },
      body,
    }
  }
  const { server, topic } = topicOf(url)
  const atMs = Date.parse(notice.at)
  const late = nowMs - atMs < LATE_MS ? '' : ` (At ${localClock(atMs, offsetAt)}.)`
  const isGood = notice.state === 'over' || notice.event === 'test'
  return {
    url: server,
    headers: { ...json, ...(secret === null ? {} : { Authorization: `Bearer ${secret}` }) },
    body: JSON.stringify({
      topic,
      title: notice.title,
      message: notice.message + late,
      priority: isGood ? 3 : 4,
      tags: [isGood ? 'white_check_mark' : 'warning'],
    }),
  }
}
