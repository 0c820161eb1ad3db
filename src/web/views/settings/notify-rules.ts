import type { Answer, Sent } from '../../../api/endpoints.ts'
import { NOTICE_KINDS, type NoticeKind } from '../../../protocol/notify/notice.ts'
import type { ReceiverType } from '../../../protocol/notify/receiver.ts'
import { sentenceOf } from '../../format/sentence.ts'
import { whenText } from '../../format/times.ts'
import { TEXTS } from '../../texts.ts'

const { notify: texts } = TEXTS

export type ListedReceiver = Answer<'listNotifications'>['receivers'][number]

/** What a person typed of somebody who is to be told. */
export interface TypedReceiver {
  readonly type: ReceiverType
  readonly url: string
  readonly name: string
  readonly secret: string
  readonly events: ReadonlySet<NoticeKind>
  /** `22:00`, or empty. */
  readonly quietFrom: string
  readonly quietTo: string
}

export type ReceiverToAdd = NonNullable<Sent<'addNotification'>['body']>

/** What to send to the server, or what is missing. The server itself looks at address, name and secret. */
export function receiverToAdd(typed: TypedReceiver): ReceiverToAdd | { readonly missing: string } {
  const [url, name, secret] = [typed.url.trim(), typed.name.trim(), typed.secret.trim()]
  const { type, quietFrom, quietTo } = typed
  const events = NOTICE_KINDS.filter((kind) => typed.events.has(kind))
  if (url === '') return { missing: texts.urlNeeded }
  if (events.length === 0) return { missing: texts.eventsNeeded }
  if ((quietFrom === '') !== (quietTo === '')) return { missing: texts.quietNeeded }
  return {
    type,
    url,
    ...(name === '' ? {} : { name }),
    ...(secret === '' ? {} : { secret }),
    // Without a list it is also told of what a later version adds.
    ...(events.length === NOTICE_KINDS.length ? {} : { events }),
    ...(quietFrom === '' ? {} : { quiet: `${quietFrom}-${quietTo}` }),
  }
}

/** What one is told of and when, a line each. */
export function receiverFacts(receiver: ListedReceiver, timeZone: string, nowMs: number): string[] {
  const { type, to, events, quiet, waiting, last_sent_at: sentAt } = receiver
  const isTold = events.length === NOTICE_KINDS.length
  return [
    `${texts.types[type]} · ${to}`,
    isTold ? texts.toldAll : texts.toldOf(events.map((kind) => texts.events[kind]).join(', ')),
    ...(quiet === null ? [] : [texts.quiet(quiet.replace('-', '–'), timeZone)]),
    sentAt === null ? texts.unsent : texts.sent(whenText(Date.parse(sentAt), nowMs)),
    ...(waiting === 0 ? [] : [texts.waiting(waiting)]),
  ]
}

/** Why the last attempt failed; undefined when it did not. */
export function receiverFault({ last_error: error }: ListedReceiver): string | undefined {
  return error === null ? undefined : texts.failed(sentenceOf(error))
}
