import type { DeviceView } from '../view/device-view.ts'
import { climateStates } from './climate.ts'
import { discovery } from './discovery.ts'
import { ENTITIES } from './entities.ts'
import { topicOf } from './entity.ts'
import { rawTopics } from './raw.ts'
import { availabilityTopic, stateTopic, type TopicPrefixes } from './topics.ts'

export interface DeviceTopicsOptions extends TopicPrefixes {
  readonly publishRaw: boolean
  readonly homeAssistantDiscovery: boolean
  /** Of nle. */
  readonly version: string
}

/**
 * Everything that is retained about a thermostat, by topic: its configurations, its state and
 * whether it is there. Before it has told anything about itself, only the last.
 */
export function deviceTopics(
  view: DeviceView,
  isAvailable: boolean,
  options: DeviceTopicsOptions,
): Map<string, string> {
  const { topicPrefix } = options
  const { serial } = view
  const topics = new Map<string, string>()
  // A climate entity that cools, for a thermostat that does not, would be made and taken back.
  const known = Object.keys(view.shared).length > 0 && Object.keys(view.device).length > 0
  if (known && options.homeAssistantDiscovery) {
    for (const [topic, config] of discovery(view, options, options.version)) {
      topics.set(topic, JSON.stringify(config))
    }
  }
  topics.set(availabilityTopic(topicPrefix, serial), isAvailable ? 'online' : 'offline')
  if (!known) return topics
  for (const [name, payload] of Object.entries(climateStates(view))) {
    if (payload !== undefined) topics.set(stateTopic(topicPrefix, serial, name), payload)
  }
  for (const entity of ENTITIES) {
    const payload = entity.has(view) ? entity.state?.(view) : undefined
    if (payload !== undefined) {
      topics.set(stateTopic(topicPrefix, serial, topicOf(entity)), payload)
    }
  }
  if (options.publishRaw) {
    for (const [name, payload] of rawTopics(view)) {
      topics.set(`${topicPrefix}/${serial}/${name}`, payload)
    }
  }
  return topics
}
