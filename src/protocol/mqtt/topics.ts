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

/** Matches all command topics, `ha/…` and raw. */
export function commandFilter(prefix: string): string {
  return `${prefix}/+/+/+/set`
}

export interface CommandAddress {
  readonly serial: string
  readonly kind: 'ha' | 'device' | 'shared'
  readonly name: string
}

/** Undefined when it is not a command topic of this prefix. */
export function parseCommandTopic(prefix: string, topic: string): CommandAddress | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined
  const [id = '', kind, name = '', set, ...more] = topic.slice(prefix.length + 1).split('/')
  const serial = toSerial(id)
  if (serial === undefined || name === '' || set !== 'set' || more.length > 0) return undefined
  return kind === 'ha' || kind === 'device' || kind === 'shared'
    ? { serial, kind, name }
    : undefined
}
