import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { NOTICE_KINDS, type NoticeKind } from './notice.ts'
import { type QuietTime, quietTimeText, readQuietTime } from './quiet-time.ts'
import { forbiddenAddress } from './receiver-address.ts'

/** More than a household has phones. */
export const MAX_RECEIVERS = 10
const MAX_NAME_LENGTH = 64
const MAX_URL_LENGTH = 1024
const MAX_SECRET_LENGTH = 256
const MIN_SECRET_LENGTH = 16

export type ReceiverType = 'webhook' | 'ntfy'

/** Who is told; as it is on file. */
export interface Receiver {
  readonly id: string
  readonly name: string
  readonly type: ReceiverType
  /** Of ntfy: that of the topic. Often a secret: who knows it may send there. */
  readonly url: string
  /** Of a webhook: what its messages are signed with. Of ntfy: its access token, if it needs one. */
  readonly secret: string | null
  /** Only these; null for all. */
  readonly events: readonly NoticeKind[] | null
  readonly quiet: QuietTime | null
}

/**
 * Reads the body of `POST /api/notifications`.
 *
 * @param fresh - an id, and a secret for a webhook that brings none
 * @throws NleError `invalid`, naming the field; the message repeats neither address nor secret
 */
export function readReceiver(
  body: unknown,
  others: readonly Receiver[],
  fresh: { readonly id: string; readonly secret: string },
): Receiver {
  const given = isObject(body) ? body : {}
  const type = given.type ?? 'webhook'
  if (type !== 'webhook' && type !== 'ntfy') throw invalid('type must be webhook or ntfy')
  const url = readUrl(given.url, type)
  const name = text(given, 'name', MAX_NAME_LENGTH) ?? freeName(new URL(url).hostname, others)
  if (others.some((each) => each.name === name)) {
    throw invalid(`name: there is a receiver of the name "${name}". Remove it, or name another`)
  }
  if (others.length >= MAX_RECEIVERS) {
    throw invalid(`There are ${MAX_RECEIVERS} receivers already. Remove one first`)
  }
  const quiet = text(given, 'quiet', MAX_NAME_LENGTH)
  return {
    id: fresh.id,
    name,
    type,
    url,
    secret: readSecret(given, type) ?? (type === 'webhook' ? fresh.secret : null),
    events: readEvents(given.events),
    quiet: quiet === undefined ? null : readQuietTime(quiet),
  }
}

/** A receiver as it is shown: of its address only the machine, because the rest often is a secret. */
export function shownReceiver({ id, name, type, url, events, quiet }: Receiver) {
  const { origin, pathname, search } = new URL(url)
  return {
    id,
    name,
    type,
    to: pathname === '/' && search === '' ? origin : `${origin}/…`,
    events: [...(events ?? NOTICE_KINDS)],
    quiet: quiet === null ? null : quietTimeText(quiet),
  }
}

export function wants({ events }: Receiver, kind: NoticeKind | 'test'): boolean {
  return kind === 'test' || events === null || events.includes(kind)
}

function readUrl(value: unknown, type: ReceiverType): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid('Missing required field: url')
  const url = URL.parse(value.trim())
  if (url === null || !/^https?:$/.test(url.protocol) || value.length > MAX_URL_LENGTH) {
    throw invalid('url must be an address such as https://ntfy.sh/my-topic')
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid('url must have no user and password in it')
  }
  if (type === 'ntfy' && !/^[-\w]{1,64}$/.test(topicOf(url.href).topic)) {
    throw invalid('url must end with the topic, such as https://ntfy.sh/my-topic')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isAddress = /^[\d.]+$|:/.test(host)
  const forbidden = isAddress ? forbiddenAddress(host) : undefined
  if (forbidden !== undefined) throw invalid(`url: ${forbidden}; nothing is sent there`)
  url.hash = ''
  return url.href
}

/** The server of an ntfy topic, and the topic. */
export function topicOf(url: string): { readonly server: string; readonly topic: string } {
  const { origin, pathname } = new URL(url)
  const [, path = '/', topic = ''] = /^(.*\/)([^/]*)\/*$/.exec(pathname) ?? []
  return { server: origin + path, topic }
}

function readSecret(given: JsonObject, type: ReceiverType): string | undefined {
  const secret = text(given, 'secret', MAX_SECRET_LENGTH)
  if (secret === undefined) return undefined
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw invalid('secret must be letters and digits without blanks')
  if (type === 'webhook' && secret.length < MIN_SECRET_LENGTH) {
    throw invalid(`secret must have at least ${MIN_SECRET_LENGTH} characters`)
  }
  return secret
}

function readEvents(value: unknown): readonly NoticeKind[] | null {
  if (value === undefined || value === null) return null
  const asked: readonly unknown[] = Array.isArray(value) ? value : [value]
  const events = NOTICE_KINDS.filter((kind) => asked.includes(kind))
  if (events.length > 0 && events.length === new Set(asked).size) return events
  throw invalid(`events must be a list of these: ${NOTICE_KINDS.join(', ')}`)
}

function text(given: JsonObject, field: string, max: number): string | undefined {
  const value = given[field]
  if (value === undefined || value === null || value === '') return undefined
  const isPlain = typeof value === 'string' && !/\p{C}/u.test(value)
  if (isPlain && value.length <= max && value.trim() === value) return value
  throw invalid(`${field} must be text of at most ${max} characters`)
}

function freeName(wanted: string, others: readonly Receiver[]): string {
  const isFree = (name: string) => others.every((each) => each.name !== name)
  const name = wanted.slice(0, MAX_NAME_LENGTH - 4)
  if (isFree(name)) return name
  for (let n = 2; ; n++) if (isFree(`${name} ${n}`)) return `${name} ${n}`
}

function invalid(message: string): NleError {
  return new NleError('invalid', message)
}
