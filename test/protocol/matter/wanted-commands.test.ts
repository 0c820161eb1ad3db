import t from 'tap'
import { type BridgedStatus, featuresOf } from '../../../src/protocol/matter/bridged-status.ts'
import { type Written, wantedCommands } from '../../../src/protocol/matter/wanted-commands.ts'
import { COOL_ONLY, HEAT_ONLY, NOW_MS, NOW_S, status } from './statuses.ts'

const BOTH = status().capabilities

const wants = (written: Written, given: Partial<BridgedStatus> = {}) => {
  const one = status(given)
  return wantedCommands(written, one, featuresOf(one), NOW_MS).map(({ command, value }) => [
    command,
    value,
  ])
}

t.test('what a controller writes, as commands', async (t) => {
  const cases: readonly [string, Written, Partial<BridgedStatus>, unknown[]][] = [
    ['nothing', {}, {}, []],
    ['heat', { heating: 2150 }, {}, [['set_temperature', 21.5]]],
    [
      'off keeps a setpoint for heat',
      { heating: 2150 },
      { mode: 'off' },
      [['set_temperature', 21.5]],
    ],
    ['emergency heat', { heating: 2150 }, { mode: 'emergency' }, [['set_temperature', 21.5]]],
    ['cool', { cooling: 2400 }, { mode: 'cool' }, [['set_temperature', 24]]],
    ['heat-cool, low', { heating: 1800 }, { mode: 'range' }, [['set_temperature', { low: 18 }]]],
    ['heat-cool, high', { cooling: 2600 }, { mode: 'range' }, [['set_temperature', { high: 26 }]]],
    [
      'heat-cool, both',
      { heating: 1800, cooling: 2600 },
      { mode: 'range' },
      [['set_temperature', { low: 18, high: 26 }]],
    ],
    // The dead band moved the other one along.
    ['heat, moved along', { heating: 2500, cooling: 2650 }, {}, [['set_temperature', 25]]],
    ['the other one alone', { cooling: 2600 }, {}, [['set_temperature', { high: 26 }]]],
    ['heat only', { cooling: 2600 }, { capabilities: HEAT_ONLY }, []],
    [
      'cool only',
      { cooling: 2600 },
      { capabilities: COOL_ONLY, mode: 'off' },
      [['set_temperature', 26]],
    ],
    ['off', { mode: 0 }, {}, [['set_mode', 'off']]],
    ['auto', { mode: 1 }, {}, [['set_mode', 'range']]],
    ['to cool', { mode: 3 }, {}, [['set_mode', 'cool']]],
    ['to heat', { mode: 4 }, {}, [['set_mode', 'heat']]],
    ['to emergency heat', { mode: 5 }, {}, [['set_mode', 'emergency']]],
    ['a mode that nle does not have', { mode: 8 }, {}, []],
    [
      'a scene',
      { mode: 3, cooling: 2300 },
      {},
      [
        ['set_mode', 'cool'],
        ['set_temperature', 23],
      ],
    ],
    [
      'a scene for heat-cool',
      { mode: 1, heating: 1900, cooling: 2400 },
      {},
      [
        ['set_mode', 'range'],
        ['set_temperature', { low: 19, high: 24 }],
      ],
    ],
    ['fan on', { fan: true }, {}, [['set_fan', 'on']]],
    ['fan off', { fan: false }, {}, [['set_fan', 'auto']]],
  ]
  for (const [name, written, given, expected] of cases) {
    t.strictSame(wants(written, { capabilities: BOTH, ...given }), expected, name)
  }
})

t.test(
  'hot water on is a boost of an hour; off ends it, and gives the schedule back',
  async (t) => {
    const tank = (mode: string) => ({ hot_water: { active: false, mode, boost_until: 0 } })
    t.strictSame(wants({ hotWater: true }, tank('schedule')), [
      ['set_device_setting', { hot_water_boost_time_to_end: NOW_S + 3600 }],
    ])
    t.strictSame(wants({ hotWater: false }, tank('schedule')), [
      ['set_device_setting', { hot_water_boost_time_to_end: 0 }],
    ])
    t.strictSame(wants({ hotWater: false }, tank('on')), [
      ['set_device_setting', { hot_water_boost_time_to_end: 0, hot_water_mode: 'schedule' }],
    ])
  },
)
