/**
 * The fields that Home Assistant's MQTT integration accepts in a discovery message, from its published
 * documentation, unabbreviated. It ignores unknown fields; the tests refuse them.
 */
export type Rule =
  | 'topic'
  | 'template'
  | 'text'
  | 'text or null'
  | 'flag'
  | 'number'
  | 'texts'
  | 'icon'
  | 'qos'
  | 'entity category'
  | 'availability'
  | 'device'
  | 'origin'
  | readonly (string | number)[]

export interface Schema {
  readonly required: readonly string[]
  readonly fields: Readonly<Record<string, Rule>>
}

const COMMON: Readonly<Record<string, Rule>> = {
  unique_id: 'text',
  default_entity_id: 'text',
  name: 'text or null',
  availability: 'availability',
  availability_mode: ['all', 'any', 'latest'],
  device: 'device',
  origin: 'origin',
  enabled_by_default: 'flag',
  encoding: 'text',
  entity_category: 'entity category',
  entity_picture: 'text',
  icon: 'icon',
  json_attributes_topic: 'topic',
  json_attributes_template: 'template',
  qos: 'qos',
}

const BINARY_SENSOR_CLASSES = [
  'battery',
  'battery_charging',
  'carbon_monoxide',
  'cold',
  'connectivity',
  'door',
  'garage_door',
  'gas',
  'heat',
  'light',
  'lock',
  'moisture',
  'motion',
  'moving',
  'occupancy',
  'opening',
  'plug',
  'power',
  'presence',
  'problem',
  'running',
  'safety',
  'smoke',
  'sound',
  'tamper',
  'update',
  'vibration',
  'window',
]

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  climate: {
    required: ['unique_id', 'temperature_command_topic', 'temperature_state_topic'],
    fields: {
      ...COMMON,
      action_topic: 'topic',
      action_template: 'template',
      current_humidity_topic: 'topic',
      current_humidity_template: 'template',
      current_temperature_topic: 'topic',
      current_temperature_template: 'template',
      fan_mode_command_topic: 'topic',
      fan_mode_command_template: 'template',
      fan_mode_state_topic: 'topic',
      fan_mode_state_template: 'template',
      fan_modes: 'texts',
      initial: 'number',
      max_humidity: 'number',
      max_temp: 'number',
      min_humidity: 'number',
      min_temp: 'number',
      mode_command_topic: 'topic',
      mode_command_template: 'template',
      mode_state_topic: 'topic',
      mode_state_template: 'template',
      modes: 'texts',
      optimistic: 'flag',
      payload_off: 'text',
      payload_on: 'text',
      power_command_topic: 'topic',
      power_command_template: 'template',
      precision: [0.1, 0.5, 1],
      preset_mode_command_topic: 'topic',
      preset_mode_command_template: 'template',
      preset_mode_state_topic: 'topic',
      preset_mode_value_template: 'template',
      preset_modes: 'texts',
      retain: 'flag',
      swing_mode_command_topic: 'topic',
      swing_mode_state_topic: 'topic',
      swing_modes: 'texts',
      target_humidity_command_topic: 'topic',
      target_humidity_state_topic: 'topic',
      temperature_command_topic: 'topic',
      temperature_command_template: 'template',
      temperature_high_command_topic: 'topic',
      temperature_high_command_template: 'template',
      temperature_high_state_topic: 'topic',
      temperature_high_state_template: 'template',
      temperature_low_command_topic: 'topic',
      temperature_low_command_template: 'template',
      temperature_low_state_topic: 'topic',
      temperature_low_state_template: 'template',
      temperature_state_topic: 'topic',
      temperature_state_template: 'template',
      temperature_unit: ['C', 'F'],
      temp_step: 'number',
      value_template: 'template',
    },
  },
  sensor: {
    required: ['unique_id', 'state_topic'],
    fields: {
      ...COMMON,
      device_class: ['battery', 'duration', 'humidity', 'signal_strength', 'temperature', 'enum'],
      expire_after: 'number',
      force_update: 'flag',
      last_reset_value_template: 'template',
      options: 'texts',
      state_class: ['measurement', 'measurement_angle', 'total', 'total_increasing'],
      state_topic: 'topic',
      suggested_display_precision: 'number',
      unit_of_measurement: 'text',
      value_template: 'template',
    },
  },
  binary_sensor: {
    required: ['unique_id', 'state_topic'],
    fields: {
      ...COMMON,
      device_class: BINARY_SENSOR_CLASSES,
      expire_after: 'number',
      force_update: 'flag',
      off_delay: 'number',
      payload_off: 'text',
      payload_on: 'text',
      state_topic: 'topic',
      value_template: 'template',
    },
  },
  number: {
    required: ['unique_id', 'command_topic'],
    fields: {
      ...COMMON,
      command_template: 'template',
      command_topic: 'topic',
      device_class: ['temperature', 'humidity', 'duration'],
      max: 'number',
      min: 'number',
      mode: ['auto', 'box', 'slider'],
      optimistic: 'flag',
      payload_reset: 'text',
      retain: 'flag',
      state_topic: 'topic',
      step: 'number',
      unit_of_measurement: 'text',
      value_template: 'template',
    },
  },
  select: {
    required: ['unique_id', 'command_topic', 'options'],
    fields: {
      ...COMMON,
      command_template: 'template',
      command_topic: 'topic',
      optimistic: 'flag',
      options: 'texts',
      retain: 'flag',
      state_topic: 'topic',
      value_template: 'template',
    },
  },
  switch: {
    required: ['unique_id', 'command_topic'],
    fields: {
      ...COMMON,
      command_template: 'template',
      command_topic: 'topic',
      device_class: ['outlet', 'switch'],
      optimistic: 'flag',
      payload_off: 'text',
      payload_on: 'text',
      retain: 'flag',
      state_off: 'text',
      state_on: 'text',
      state_topic: 'topic',
      value_template: 'template',
    },
  },
  button: {
    required: ['unique_id', 'command_topic'],
    fields: {
      ...COMMON,
      command_template: 'template',
      command_topic: 'topic',
      device_class: ['identify', 'restart', 'update'],
      payload_press: 'text',
      retain: 'flag',
    },
  },
  event: {
    required: ['unique_id', 'state_topic', 'event_types'],
    fields: {
      ...COMMON,
      device_class: ['button', 'doorbell', 'motion'],
      event_types: 'texts',
      state_topic: 'topic',
      value_template: 'template',
    },
  },
}

/** Fields of `device`. */
export const DEVICE_FIELDS: Readonly<Record<string, Rule>> = {
  configuration_url: 'text',
  hw_version: 'text',
  identifiers: 'texts',
  manufacturer: 'text',
  model: 'text',
  model_id: 'text',
  name: 'text',
  serial_number: 'text',
  suggested_area: 'text',
  sw_version: 'text',
  via_device: 'text',
}

export const ORIGIN_FIELDS: Readonly<Record<string, Rule>> = {
  name: 'text',
  sw_version: 'text',
  support_url: 'text',
}

export const AVAILABILITY_FIELDS: Readonly<Record<string, Rule>> = {
  topic: 'topic',
  payload_available: 'text',
  payload_not_available: 'text',
  value_template: 'template',
}

/** The units allowed for the device classes that nle uses. */
export const UNITS: Readonly<Record<string, readonly string[]>> = {
  battery: ['%'],
  humidity: ['%'],
  signal_strength: ['dB', 'dBm'],
  temperature: ['°C', '°F', 'K'],
}

/** Modes and actions of Home Assistant's climate integration. */
export const CLIMATE_MODES = ['auto', 'off', 'cool', 'heat', 'dry', 'fan_only', 'heat_cool']
export const CLIMATE_ACTIONS = [
  'off',
  'heating',
  'cooling',
  'drying',
  'idle',
  'fan',
  'preheating',
  'defrosting',
]
