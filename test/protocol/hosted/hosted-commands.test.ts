import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { type HostedAction, hostedCommands } from '../../../src/protocol/hosted/hosted-commands.ts'

const AROUND = { mode: 'heat', hashOf: (pin: string) => `hash of ${pin}` }
const HASH = '/PiS0Kl52c8oNptmsL4Z7cxd9mg='

t.test('each request of the hosted API as commands', async (t) => {
  const cases: [HostedAction, JsonObject, [command: string, value: unknown][]][] = [
    ['temperature', { value: 21.5 }, [['set_temperature', 21.5]]],
    ['temperature', { value: 72, scale: 'F' }, [['set_temperature', 22.22]]],
    // The thermostat is in that mode already.
    ['temperature', { value: 20, mode: 'heat', scale: 'C' }, [['set_temperature', 20]]],
    [
      'temperature',
      { value: 20, mode: 'cool' },
      [
        ['set_mode', 'cool'],
        ['set_temperature', 20],
      ],
    ],
    ['temperature/range', { low: 19, high: 24 }, [['set_temperature', { low: 19, high: 24 }]]],
    [
      'temperature/range',
      { low: 68, high: 77, scale: 'F' },
      [['set_temperature', { low: 20, high: 25 }]],
    ],
    ['mode', { mode: 'heat-cool' }, [['set_mode', 'heat-cool']]],
    ['away', { away: true }, [['set_away', true]]],
    ['fan', { mode: 'on' }, [['set_fan', 'on']]],
    ['fan', { duration: 900 }, [['set_fan', 900]]],
    ['fan', { duration: 43_200 }, [['set_fan', 43_200]]],
    ['lock', { enabled: false }, [['set_device_setting', { temperature_lock: false }]]],
    [
      'lock',
      { enabled: true, pin_hash: HASH, temp_min: 18, temp_max: 24 },
      [
        [
          'set_device_setting',
          {
            temperature_lock: true,
            temperature_lock_low_temp: 18,
            temperature_lock_high_temp: 24,
            temperature_lock_pin_hash: HASH,
          },
        ],
      ],
    ],
    [
      'lock',
      { enabled: true, pin: '0000', temp_min: 18, temp_max: 24 },
      [['set_device_setting', { temperature_lock_pin_hash: 'hash of 0000' }]],
    ],
    ['schedule', { schedule: { days: {} } }, [['set_schedule', { days: {} }]]],
  ]
  for (const [action, body, expected] of cases) {
    t.match(
      hostedCommands(action, body, AROUND).map(({ command, value }) => [command, value]),
      expected,
      `${action} ${JSON.stringify(body)}`,
    )
  }
})

t.test('refuses what cannot be meant, and repeats no PIN', async (t) => {
  const cases: [HostedAction, JsonObject, RegExp][] = [
    ['temperature', {}, /^Temperature value must be a number$/],
    ['temperature', { value: 'warm' }, /value must be a number/],
    ['temperature', { value: 20, scale: 'K' }, /scale must be "C" or "F"/],
    ['temperature/range', { low: 19 }, /high must be a number/],
    ['away', { away: 'yes' }, /away must be true or false/],
    ['fan', { duration: 43_201 }, /from 0 to 43200/],
    ['fan', { duration: -1 }, /from 0 to 43200/],
    ['lock', {}, /enabled must be true or false/],
    ['lock', { enabled: true, pin: '1234' }, /temp_min and temp_max/],
    ['lock', { enabled: true, pin: '98765', temp_min: 18, temp_max: 24 }, /^(?!.*98765).*4 digits/],
    ['lock', { enabled: true, pin_hash: 'x', temp_min: 18, temp_max: 24 }, /Base64/],
    ['schedule', {}, /schedule must be an object/],
  ]
  for (const [action, body, message] of cases) {
    t.throws(() => hostedCommands(action, body, AROUND), { code: 'invalid', message })
  }
})
