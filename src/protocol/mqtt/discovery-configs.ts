import type { JsonObject } from '../bucket.ts'
import { type DeviceView, deviceName } from '../view/device-view.ts'
import { CLIMATE_OBJECT, climateConfig } from './climate.ts'
import { ENTITIES } from './entities.ts'
import { type Entity, isThere } from './entity.ts'
import {
  availabilityTopic,
  commandTopic,
  configTopic,
  serverTopic,
  stateTopic,
  type TopicPrefixes,
} from './topics.ts'

/** The `origin` in every configuration: by it nle recognizes its own. */
export const ORIGIN_NAME = 'nle'

const PAYLOADS: JsonObject = { payload_available: 'online', payload_not_available: 'offline' }

/** The field, when the thermostat reports a text for it. */
function reported(field: string, value: unknown): JsonObject {
  return typeof value === 'string' && value !== '' ? { [field]: value } : {}
}

/**
 * The configurations of a thermostat's entities, by topic, with Home Assistant's unabbreviated field
 * names. Ids and topics are those of the existing server, so that dashboards and history stay.
 *
 * @param version - of nle
 */
export function discoveryConfigs(
  view: DeviceView,
  { topicPrefix, discoveryPrefix }: TopicPrefixes,
  version: string,
): Map<string, JsonObject> {
  const { serial, device } = view
  const id = `nolongerevil_${serial}`
  const name = deviceName(view)
  const common: JsonObject = {
    availability: [
      { topic: serverTopic(topicPrefix), ...PAYLOADS },
      { topic: availabilityTopic(topicPrefix, serial), ...PAYLOADS },
    ],
    availability_mode: 'all',
    origin: { name: ORIGIN_NAME, sw_version: version },
  }
  const configs = new Map<string, JsonObject>()
  configs.set(configTopic(discoveryPrefix, 'climate', serial, CLIMATE_OBJECT), {
    unique_id: id,
    default_entity_id: `climate.nest_${serial}`,
    ...climateConfig(view, topicPrefix),
    device: {
      identifiers: [id],
      name,
      manufacturer: 'Google Nest',
      model: 'Nest Thermostat',
      ...reported('hw_version', device.model_version),
      ...reported('sw_version', device.current_version),
      serial_number: serial,
    },
    ...common,
  })
  for (const entity of ENTITIES) {
    if (!isThere(entity, view)) continue
    configs.set(configTopic(discoveryPrefix, entity.component, serial, entity.object), {
      unique_id: `${id}_${entity.object}`,
      default_entity_id: `${entity.component}.nest_${serial}_${entity.object}`,
      name: entity.name,
      ...topicsOf(entity, topicPrefix, serial),
      ...(typeof entity.config === 'function' ? entity.config(view) : entity.config),
      device: { identifiers: [id], name },
      ...common,
    })
  }
  return configs
}

function topicsOf(
  { component, object, topic }: Entity,
  prefix: string,
  serial: string,
): JsonObject {
  const state = stateTopic(prefix, serial, topic)
  const isSensor = component === 'sensor' || component === 'binary_sensor'
  const takesCommands = !isSensor && component !== 'event'
  return {
    ...(component === 'button' ? {} : { state_topic: state }),
    ...(takesCommands ? { command_topic: commandTopic(prefix, serial, topic) } : {}),
    ...(object === 'schedule' ? { json_attributes_topic: state } : {}),
    qos: isSensor ? 0 : 1,
  }
}
