import {
  AVAILABILITY_FIELDS,
  CLIMATE_MODES,
  DEVICE_FIELDS,
  ORIGIN_FIELDS,
  type Rule,
  SCHEMAS,
  UNITS,
} from './home-assistant-schemas.ts'

type Json = Record<string, unknown>

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Home Assistant's objections to one discovery message; none when it accepts it. */
export function complaints(topic: string, payload: string): string[] {
  const component = topic.split('/').at(-4) ?? ''
  const schema = SCHEMAS[component]
  if (schema === undefined) return [`${topic}: no component ${component}`]
  const config = JSON.parse(payload) as Json
  const found = [
    ...schema.required.filter((field) => !Object.hasOwn(config, field)).map((f) => `lacks ${f}`),
    ...wrongFields(config, schema.fields, ''),
    ...crossChecks(component, config),
  ]
  return found.map((complaint) => `${topic}: ${complaint}`)
}

function wrongFields(given: Json, fields: Readonly<Record<string, Rule>>, at: string): string[] {
  return Object.entries(given).flatMap(([field, value]) => {
    const rule = Object.hasOwn(fields, field) ? fields[field] : undefined
    if (rule === undefined) return [`${at}${field} is unknown`]
    return check(value, rule, `${at}${field}`)
  })
}

function check(value: unknown, rule: Rule, at: string): string[] {
  const when = (ok: boolean): string[] => (ok ? [] : [`${at} cannot be ${JSON.stringify(value)}`])
  const text = typeof value === 'string' && value !== ''
  if (Array.isArray(rule)) return when(rule.includes(value as string | number))
  switch (rule) {
    case 'topic':
      return when(text && !/[+#\s\0]/.test(String(value)) && !String(value).startsWith('/'))
    case 'template':
      return when(text && String(value).includes('{{'))
    case 'text':
      return when(text)
    case 'text or null':
      return when(text || value === null)
    case 'flag':
      return when(typeof value === 'boolean')
    case 'number':
      return when(typeof value === 'number' && Number.isFinite(value))
    case 'texts':
      return when(
        Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string'),
      )
    case 'icon':
      return when(text && /^mdi:[a-z0-9-]+$/.test(String(value)))
    case 'qos':
      return when(value === 0 || value === 1 || value === 2)
    case 'entity category':
      return when(value === 'config' || value === 'diagnostic')
    case 'availability':
      return Array.isArray(value)
        ? value.flatMap((one) =>
            isJson(one) && 'topic' in one
              ? wrongFields(one, AVAILABILITY_FIELDS, `${at}.`)
              : [`${at} has an entry without a topic`],
          )
        : when(false)
    case 'device':
      return isJson(value) && 'identifiers' in value
        ? wrongFields(value, DEVICE_FIELDS, `${at}.`)
        : when(false)
    case 'origin':
      return isJson(value) && 'name' in value
        ? wrongFields(value, ORIGIN_FIELDS, `${at}.`)
        : when(false)
    default:
      return [`${at}: no rule`]
  }
}

/** Rules for several fields together. */
function crossChecks(component: string, config: Json): string[] {
  const found: string[] = []
  const refuseIf = (wrong: boolean, complaint: string): void => {
    if (wrong) found.push(complaint)
  }
  const id = String(config.default_entity_id ?? `${component}.`)
  refuseIf(!id.startsWith(`${component}.`), 'default_entity_id belongs to another component')
  const units = typeof config.device_class === 'string' ? UNITS[config.device_class] : undefined
  if (component === 'sensor' || component === 'number') {
    refuseIf(
      units !== undefined && !units.includes(String(config.unit_of_measurement)),
      'the unit does not fit the device class',
    )
  }
  if (component === 'number') {
    refuseIf(!(Number(config.min) < Number(config.max)), 'min is not below max')
    refuseIf(!(Number(config.step ?? 1) >= 0.001), 'step is too small')
  }
  // Home Assistant refuses read-only entities with the category `config`.
  refuseIf(
    config.entity_category === 'config' && /^(sensor|binary_sensor|event)$/.test(component),
    'a read-only entity cannot have the category config',
  )
  if (component !== 'climate') return found
  const modes = Array.isArray(config.modes) ? config.modes : []
  const presets = Array.isArray(config.preset_modes) ? config.preset_modes : []
  refuseIf(!modes.every((mode) => CLIMATE_MODES.includes(String(mode))), 'modes are unknown')
  refuseIf(presets.includes('none'), 'none is not a preset')
  refuseIf(
    'preset_mode_command_topic' in config !== 'preset_modes' in config,
    'preset_modes need their command topic, and the reverse',
  )
  refuseIf(!(Number(config.min_temp) < Number(config.max_temp)), 'min_temp is not below max_temp')
  const range = ['temperature_low_command_topic', 'temperature_high_command_topic']
  const has = range.filter((field) => field in config).length
  refuseIf(has === 1, 'a range needs both bounds')
  refuseIf(modes.includes('heat_cool') && has !== 2, 'heat_cool needs a range')
  return found
}
