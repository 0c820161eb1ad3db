import type { ChangeAnswer } from '../../../api/shapes.ts'
import { COMPANION_FIELDS, type JsonObject, type JsonValue } from '../../../protocol/bucket.ts'
import { DEVICE_SETTINGS } from '../../../protocol/commands/device-settings.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { durationText } from '../../format/durations.ts'
import { onGrid } from '../../format/temperature.ts'
import { targetText } from '../../state/climate-words.ts'
import { TEXTS } from '../../texts.ts'
import { valueText } from './setting-field.ts'

const { asked: texts, device } = TEXTS

/** What a command asked for, as a person would say it: `Target 21 °C`, `Fan for 15 min`. */
export function changeText({ command, parts }: ChangeAnswer, scale: Scale): string {
  const fields = (parts[0]?.fields ?? {}) as JsonObject
  switch (command) {
    case 'set_temperature':
      return texts.target(
        targetText(
          bounds(
            {
              target: fields.target_temperature,
              low: fields.target_temperature_low,
              high: fields.target_temperature_high,
            },
            scale,
          ),
          scale,
        ) ?? '',
      )
    case 'set_mode':
      return texts.mode(modeText(fields.target_temperature_type))
    case 'set_away':
      return fields.manual_eco_all === true ? texts.eco : texts.ecoEnded
    case 'set_fan':
      return fanText(fields)
    case 'set_schedule':
      return texts.schedule
    case 'set_schedule_mode':
      return texts.scheduleMode
    case 'set_name':
      return fields.name === '' ? texts.ownName : texts.name(String(fields.name))
    default:
      return settingsText(fields, scale) || command
  }
}

function bounds(celsius: Readonly<Record<string, JsonValue | undefined>>, scale: Scale) {
  return Object.fromEntries(
    Object.entries(celsius).flatMap(([handle, at]) =>
      typeof at === 'number' ? [[handle, onGrid(at, scale)]] : [],
    ),
  )
}

function modeText(mode: JsonValue | undefined): string {
  return typeof mode === 'string' && Object.hasOwn(device.modes, mode)
    ? device.modes[mode as keyof typeof device.modes]
    : String(mode)
}

function fanText({ fan_timer_timeout: untilS, fan_timer_duration: durationS }: JsonObject): string {
  if (untilS === 0) return texts.fanAuto
  return typeof durationS === 'number' ? texts.fanFor(durationText(durationS * 1000)) : texts.fanOn
}

/** Without the flags that go along. */
function settingsText(fields: JsonObject, scale: Scale): string {
  const known = Object.entries(fields).flatMap(([field, value]) => {
    const setting = DEVICE_SETTINGS[field]
    return setting === undefined || COMPANION_FIELDS.has(field)
      ? []
      : [texts.setting(setting.label, valueText(setting, value, scale))]
  })
  return known.join(', ')
}

/** What became of it: `confirmed`, `not delivered in time`. */
export function stateText({ state }: ChangeAnswer): string {
  return texts.states[state]
}
