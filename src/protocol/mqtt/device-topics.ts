import type { JsonObject, JsonValue } from '../bucket.ts'
import type { Change } from '../delivery/change.ts'
import { isSecretField, withoutSecrets } from '../secrets.ts'
import type { DeviceView } from '../view/device-view.ts'
import type { BrokerConfig } from './broker-config.ts'
import { climateStates } from './climate.ts'
import { discoveryConfigs } from './discovery-configs.ts'
import { ENTITIES } from './entities.ts'
import { pluginFields } from './plugin-topics.ts'
import { availabilityTopic, stateTopic } from './topics.ts'

/** `version` is that of nle. */
type Options = Omit<BrokerConfig, 'url'> & { readonly version: string }

/** Characters that one level of a topic cannot have. */
const NOT_IN_TOPIC = /[/+#\0]/

/**
 * Everything that is retained about a thermostat, by topic: the configurations of its entities, its
 * state and its availability. Before its first upload, only the availability.
 */
export function deviceTopics(
  view: DeviceView,
  isAvailable: boolean,
  options: Options,
): Map<string, string> {
  const { topicPrefix } = options
  const { serial } = view
  const topics = new Map<string, string>()
  // Without the upload, Home Assistant would get a climate entity with modes that may not exist.
  const { hasUploaded } = view
  if (hasUploaded && options.homeAssistantDiscovery) {
    for (const [topic, config] of discoveryConfigs(view, options, options.version)) {
      topics.set(topic, JSON.stringify(config))
    }
  }
  topics.set(availabilityTopic(topicPrefix, serial), isAvailable ? 'online' : 'offline')
  if (!hasUploaded) return topics
  for (const [name, payload] of Object.entries(climateStates(view))) {
    if (payload !== undefined) topics.set(stateTopic(topicPrefix, serial, name), payload)
  }
  for (const entity of ENTITIES) {
    const payload = entity.has?.(view) === false ? undefined : entity.state?.(view)
    if (payload !== undefined) topics.set(stateTopic(topicPrefix, serial, entity.topic), payload)
  }
  if (options.publishRaw) {
    for (const [name, payload] of rawTopics(view)) {
      topics.set(`${topicPrefix}/${serial}/${name}`, payload)
    }
    for (const [field, payload] of Object.entries(pluginFields(view))) {
      topics.set(`${topicPrefix}/${serial}/device/${field}`, payload)
    }
  }
  return topics
}

/** The payload of the event entity for a change that its thermostat did not take, else undefined. */
export function deliveryEvent(change: Change): string | undefined {
  if (change.state !== 'ignored' && change.state !== 'expired') return undefined
  return JSON.stringify({
    event_type: change.state,
    command: change.command,
    fields: openFields(change.fields),
    reason: change.reason,
    change: change.commandId,
  })
}

/** The thermostat's own buckets and each of their fields, by topic below `{prefix}/{serial}/`. */
function rawTopics({ device, shared }: DeviceView): Map<string, string> {
  const topics = new Map<string, string>()
  for (const [type, bucket] of Object.entries({ device, shared })) {
    const fields = openFields(bucket)
    if (Object.keys(fields).length === 0) continue
    topics.set(type, JSON.stringify(fields))
    for (const [field, value] of Object.entries(fields)) {
      const payload = fieldPayload(value)
      // An empty payload would clear the topic, and `…/set` is a command topic.
      if (payload === '' || field === 'set' || NOT_IN_TOPIC.test(field)) continue
      topics.set(`${type}/${field}`, payload)
    }
  }
  return topics
}

/** Without secrets (`I5`): a PIN of four digits is quickly found from its hash. */
function openFields(fields: JsonObject): JsonObject {
  const open = Object.entries(fields).filter(([field, value]) => !isSecretField(field, value))
  return Object.fromEntries(open.map(([field, value]) => [field, withoutSecrets(value)]))
}

/**
 * A field as the existing server writes it, with Python's `True`, `False` and `None`: people's
 * templates and automations compare with these words.
 */
function fieldPayload(value: JsonValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
