import { toSerial } from '../identity.ts'

/** The operator chooses the prefixes of topics: one for states and commands, one for discovery. */
export interface TopicPrefixes {
  readonly topicPrefix: string
  readonly discoveryPrefix: string
}

/** The server publishes `online` here, and its last will `offline`. */
export function serverTopic(prefix: string): string {
  return `${prefix}/status`
}

/** What people are told of, as JSON; not retained. */
export function noticeTopic(prefix: string): string {
  return `${prefix}/notification`
}

/** `online` or `offline` for one thermostat. */
export function availabilityTopic(prefix: string, serial: string): string {
  return `${prefix}/${serial}/availability`
}

/** A state in Home Assistant's words. */
export function stateTopic(prefix: string, serial: string, name: string): string {
  return `${prefix}/${serial}/ha/${name}`
}

/** Home Assistant publishes the commands for a state here. */
export function commandTopic(prefix: string, serial: string, name: string): string {
  return `${stateTopic(prefix, serial, name)}/set`
}

/** The configuration of one entity; the topic is the existing server's. */
export function configTopic(
  discoveryPrefix: string,
  component: string,
  serial: string,
  object: string,
): string {
  return `${discoveryPrefix}/${component}/nest_${serial}/${object}/config`
}

/** Home Assistant publishes `online` here when it has started. */
export function homeAssistantTopic(discoveryPrefix: string): string {
  return `${discoveryPrefix}/status`
}

/** Match all command topics: `ha/…` and raw fields, and several raw fields at once. */
export function commandFilters(prefix: string): string[] {
  return [`${prefix}/+/+/+/set`, `${prefix}/+/+/set`]
}

/** The thermostat's own buckets that may be set. */
export type RawBucket = 'device' | 'shared'

export type CommandAddress = { readonly serial: string } & (
  | { readonly kind: 'ha'; readonly name: string }
  /** One field of a bucket; without a name, the payload is a JSON object of fields. */
  | { readonly kind: RawBucket; readonly name: string | undefined }
)

/** Undefined when it is not a command topic of this prefix. */
export function parseCommandTopic(prefix: string, topic: string): CommandAddress | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined
  const [id = '', kind = '', ...rest] = topic.slice(prefix.length + 1).split('/')
  const serial = toSerial(id)
  const name = rest.length === 2 ? rest[0] : undefined
  if (serial === undefined || rest.length > 2 || rest.at(-1) !== 'set' || name === '') {
    return undefined
  }
  if (kind === 'ha') return name === undefined ? undefined : { serial, kind, name }
  return kind === 'device' || kind === 'shared' ? { serial, kind, name } : undefined
}
