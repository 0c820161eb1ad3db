import { NleError } from '../../errors.ts'
import { isObject, type JsonValue } from '../bucket.ts'
import { defaultsOf } from '../commands/set-schedule.ts'
import { parseLinedJson } from '../schedule/json-lines.ts'
import { scheduleMode } from '../schedule/schedule.ts'
import { parseScheduleFile } from '../schedule/schedule-file.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { climateMode } from './climate.ts'
import { CONFIG, command, DIAGNOSTIC, type Entity } from './entity.ts'
import { readFlag, switchPayload } from './payload.ts'

/** The largest schedule of the protocol, 7 days of 96 setpoints, is about half of this. */
const MAX_SCHEDULE_CHARS = 128 * 1024

function scheduleModes(view: DeviceView): string[] {
  const { can_heat, can_cool } = capabilities(view)
  return [
    ...(can_heat ? ['HEAT'] : []),
    ...(can_cool ? ['COOL'] : []),
    ...(can_heat && can_cool ? ['RANGE'] : []),
  ]
}

function week({ schedule }: DeviceView): string | undefined {
  if (schedule === undefined || !isObject(schedule.value.days)) return undefined
  return JSON.stringify(schedule.value)
}

/** A schedule in the form of the wire as it is, or a file for `nle schedule set`. */
function readSchedule(payload: string, view: DeviceView): JsonValue {
  if (payload.length > MAX_SCHEDULE_CHARS) {
    throw new NleError('invalid', 'a schedule is a JSON object of at most 128 kB')
  }
  const { value } = parseLinedJson(payload)
  if (isObject(value) && isWireWeek(value.days)) return value
  return parseScheduleFile(payload, defaultsOf(view))
}

function isWireWeek(days: JsonValue | undefined): boolean {
  if (!isObject(days)) return Array.isArray(days)
  return Object.keys(days).every((day) => /^\d+$/.test(day))
}

/** Entities that are neither a reading nor a setting of the `device` bucket. */
export const OPERATION_ENTITIES: readonly Entity[] = [
  {
    component: 'sensor',
    object: 'schedule',
    name: 'Schedule',
    has: (view) => week(view) !== undefined,
    state: week,
    config: {
      icon: 'mdi:calendar-clock',
      // The state of an entity has 255 characters; the week is in the attributes.
      value_template: "{{ value_json.schedule_mode | default('unknown') }}",
    },
    command: (payload, view) => [command('set_schedule', readSchedule(payload, view))],
  },
  {
    component: 'select',
    object: 'schedule_mode',
    name: 'Schedule Mode',
    has: (view) => scheduleMode(view.shared.schedule_mode) !== undefined,
    state: (view) => scheduleModes(view).find((mode) => mode === view.shared.schedule_mode),
    config: (view) => ({ ...CONFIG, options: scheduleModes(view), icon: 'mdi:calendar-edit' }),
    command: (payload) => [command('set_schedule_mode', payload.trim())],
  },
  {
    component: 'switch',
    object: 'emergency_heat',
    name: 'Emergency Heat',
    has: (view) => capabilities(view).has_emer_heat,
    state: ({ shared }) => switchPayload(shared.target_temperature_type === 'emergency'),
    config: { icon: 'mdi:radiator' },
    command(payload, view) {
      const on = readFlag(payload)
      if (on === undefined) throw new NleError('invalid', 'Emergency Heat is ON or OFF')
      if (on) return [command('set_mode', 'emergency')]
      // Off twice must not switch a thermostat that cools to heating.
      return climateMode(view) === 'heat' ? [command('set_mode', 'heat')] : []
    },
  },
  {
    component: 'button',
    object: 'filter_reset',
    name: 'Filter Changed',
    has: ({ device }) =>
      device.has_air_filter !== false && typeof device.filter_changed_date === 'number',
    config: { ...CONFIG, icon: 'mdi:air-filter' },
    command: (_payload, { nowMs }) => [
      command('set_device_setting', { filter_changed_date: Math.floor(nowMs / 1000) }),
    ],
  },
  {
    component: 'button',
    object: 'dismiss_pairing',
    name: 'Dismiss Pairing Dialog',
    has: () => true,
    config: { ...CONFIG, icon: 'mdi:cellphone-remove' },
    command: () => [{ type: 'dismissPairing' }],
  },
  {
    component: 'event',
    object: 'delivery',
    name: 'Delivery',
    has: () => true,
    config: {
      ...DIAGNOSTIC,
      event_types: ['ignored', 'expired'],
      icon: 'mdi:alert-circle-outline',
    },
  },
]
