import { toSerial } from '../identity.ts'

/** Every topic has a prefix of the operator's choice: of state and commands, and of discovery. */
export interface TopicPrefixes {
  readonly topicPrefix: string
  readonly discoveryPrefix: string
}

/** Where the server says `online`, and its last will says `offline`. */
export function serverTopic(prefix: string): string {
  return `${prefix}/status`
}

/** Where a thermostat is `online` or `offline`. */
export function availabilityTopic(prefix: string, serial: string): string {
  return `${prefix}/${serial}/availability`
}

/** A state in the words of Home Assistant. */
export function stateTopic(prefix: string, serial: string, name: string): string {
  return `${prefix}/${serial}/ha/${name}`
}

/** Where a command of Home Assistant is published. */
export function commandTopic(prefix: string, serial: string, name: string): string {
  return `${stateTopic(prefix, serial, name)}/set`
}

/** The configuration of one entity, where the existing server has it. */
export function configTopic(
  discoveryPrefix: string,
  component: string,
  serial: string,
  object: string,
): string {
  return `${discoveryPrefix}/${component}/nest_${serial}/${object}/config`
}

/** What Home Assistant publishes `online` on when it has started. */
export function homeAssistantTopic(discoveryPrefix: string): string {
  return `${discoveryPrefix}/status`
}

/** All command topics; raw ones differ in the third level only. */
export function commandFilter(prefix: string): string {
  return `${prefix}/+/+/+/set`
}

/** A command topic taken apart. */
export interface CommandAddress {
  readonly serial: string
  readonly kind: 'ha' | 'device' | 'shared'
  readonly name: string
}

/** Undefined for a topic that is no command topic of this prefix. */
export function parseCommandTopic(prefix: string, topic: string): CommandAddress | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined
  const [id = '', kind, name = '', set, ...more] = topic.slice(prefix.length + 1).split('/')
  const serial = toSerial(id)
  if (serial === undefined || name === '' || set !== 'set' || more.length > 0) return undefined
  return kind === 'ha' || kind === 'device' || kind === 'shared'
    ? { serial, kind, name }
    : undefined
}
