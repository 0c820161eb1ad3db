import { NleError } from '../../errors.ts'
import { isObject, type JsonValue } from '../bucket.ts'
import { defaultsOf } from '../commands/set-schedule.ts'
import { parseLinedJson } from '../schedule/json-lines.ts'
import { parseScheduleFile } from '../schedule/schedule-file.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { BOOST_S, hasHotWater } from '../view/hot-water.ts'
import { reportedMode, reportedScheduleMode } from '../view/own-forms.ts'
import { leftMs } from '../view/time-left.ts'
import { upcomingSetpoint, upcomingText } from '../view/upcoming-setpoint.ts'
import { ableModes, climateMode } from './climate.ts'
import { CONFIG, command, DIAGNOSTIC, type Entity, named } from './entity.ts'
import { FAN_ENTITIES } from './fan.ts'
import { readFlag, switchPayload } from './payload.ts'
import { hasFilter, READINGS } from './readings.ts'
import { SETTING_ENTITIES } from './setting-entities.ts'

/** The largest schedule, 7 days of 96 setpoints, has about half as many. */
const MAX_SCHEDULE_CHARS = 128 * 1024
/** The state of the schedule sensor while no schedule counts. */
const NOTHING_NEXT = 'nothing'
const HOT_WATER_MODES = ['schedule', 'on', 'off']

function scheduleModes(view: DeviceView): string[] {
  return ableModes(view, 'HEAT', 'COOL', 'RANGE')
}

/** The week, and what it sets next. */
function week(view: DeviceView): string | undefined {
  const { schedule } = view
  if (schedule === undefined || !isObject(schedule.value.days)) return undefined
  const next = upcomingSetpoint(view)
  const added = { next_setpoint: next ?? null, next_text: upcomingText(view) ?? NOTHING_NEXT }
  return JSON.stringify({ ...schedule.value, ...added })
}

/** Takes a schedule as thermostats have it, or the text of a file for `nle schedule set`. */
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

const HOT_WATER_ENTITIES: readonly Entity[] = [
  {
    ...named('select', 'hot_water_mode', 'Hot Water'),
    has: hasHotWater,
    state: ({ device }) => HOT_WATER_MODES.find((mode) => mode === device.hot_water_mode),
    config: { options: HOT_WATER_MODES, icon: 'mdi:water-boiler' },
    command: (payload) => [command('set_device_setting', { hot_water_mode: payload.trim() })],
  },
  {
    ...named('switch', 'hot_water_boost', 'Hot Water Boost'),
    has: hasHotWater,
    state: ({ device, nowMs }) =>
      switchPayload(leftMs(device.hot_water_boost_time_to_end, nowMs) > 0),
    config: { icon: 'mdi:water-boiler-alert' },
    command(payload, { nowMs }) {
      const on = readFlag(payload, 'Hot Water Boost')
      const untilS = on ? Math.floor(nowMs / 1000) + BOOST_S : 0
      return [command('set_device_setting', { hot_water_boost_time_to_end: untilS })]
    },
  },
]

/** Entities that are neither a reading nor a setting of the `device` bucket. */
const OPERATION_ENTITIES: readonly Entity[] = [
  {
    ...named('sensor', 'schedule', 'Schedule'),
    has: (view) => week(view) !== undefined,
    state: week,
    config: {
      icon: 'mdi:calendar-clock',
      // A state has 255 characters at most, so the week is in the attributes.
      value_template: '{{ value_json.next_text }}',
    },
    command: (payload, view) => [command('set_schedule', readSchedule(payload, view))],
  },
  {
    ...named('select', 'schedule_mode', 'Schedule Mode'),
    has: (view) => reportedScheduleMode(view) !== undefined,
    state: (view) => scheduleModes(view).find((mode) => mode === reportedScheduleMode(view)),
    config: (view) => ({ ...CONFIG, options: scheduleModes(view), icon: 'mdi:calendar-edit' }),
    command: (payload) => [command('set_schedule_mode', payload.trim())],
  },
  {
    ...named('switch', 'emergency_heat', 'Emergency Heat'),
    has: (view) => capabilities(view).has_emer_heat,
    state: (view) => {
      const mode = reportedMode(view)
      return mode === undefined ? undefined : switchPayload(mode === 'emergency')
    },
    config: { icon: 'mdi:radiator' },
    command(payload, view) {
      if (readFlag(payload, 'Emergency Heat')) return [command('set_mode', 'emergency')]
      // A second OFF must not switch a thermostat that cools to heating.
      return climateMode(view) === 'heat' ? [command('set_mode', 'heat')] : []
    },
  },
  {
    ...named('button', 'filter_reset', 'Filter Changed'),
    has: (view) => hasFilter(view) && typeof view.device.filter_changed_date === 'number',
    config: { ...CONFIG, icon: 'mdi:air-filter' },
    command: (_payload, { nowMs }) => [
      command('set_device_setting', { filter_changed_date: Math.floor(nowMs / 1000) }),
    ],
  },
  {
    ...named('button', 'dismiss_pairing', 'Dismiss Pairing Dialog'),
    has: () => true,
    config: { ...CONFIG, icon: 'mdi:cellphone-remove' },
    command: () => [{ type: 'dismissPairing' }],
  },
  {
    ...named('event', 'delivery', 'Delivery'),
    has: () => true,
    config: {
      ...DIAGNOSTIC,
      event_types: ['ignored', 'expired'],
      icon: 'mdi:alert-circle-outline',
    },
  },
]

/** Every entity beside the climate entity. */
export const ENTITIES: readonly Entity[] = [
  ...READINGS,
  ...FAN_ENTITIES,
  ...SETTING_ENTITIES,
  ...HOT_WATER_ENTITIES,
  ...OPERATION_ENTITIES,
]
