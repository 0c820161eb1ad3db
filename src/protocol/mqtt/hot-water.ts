import { NleError } from '../../errors.ts'
import type { DeviceView } from '../view/device-view.ts'
import { leftMs } from './countdown.ts'
import { command, type Entity } from './entity.ts'
import { readFlag, switchPayload } from './payload.ts'

/** How long one press heats, as the thermostat's own menu offers it. */
const BOOST_S = 3600
const MODES = ['schedule', 'on', 'off']

const hasHotWater = ({ device }: DeviceView): boolean => device.has_hot_water_control === true

/** The entities of a thermostat that heats the hot water, too. */
export const HOT_WATER_ENTITIES: readonly Entity[] = [
  {
    component: 'select',
    object: 'hot_water_mode',
    name: 'Hot Water',
    has: hasHotWater,
    state: ({ device }) => MODES.find((mode) => mode === device.hot_water_mode),
    config: { options: MODES, icon: 'mdi:water-boiler' },
    command: (payload) => [command('set_device_setting', { hot_water_mode: payload.trim() })],
  },
  {
    component: 'switch',
    object: 'hot_water_boost',
    name: 'Hot Water Boost',
    has: hasHotWater,
    state: ({ device, nowMs }) =>
      switchPayload(leftMs(device.hot_water_boost_time_to_end, nowMs) > 0),
    config: { icon: 'mdi:water-boiler-alert' },
    command(payload, { nowMs }) {
      const on = readFlag(payload)
      if (on === undefined) throw new NleError('invalid', 'Hot Water Boost is ON or OFF')
      const untilS = on ? Math.floor(nowMs / 1000) + BOOST_S : 0
      return [command('set_device_setting', { hot_water_boost_time_to_end: untilS })]
    },
  },
]
