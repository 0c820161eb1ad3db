import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import {
  reportedMode,
  reportedScheduleMode,
  scheduleModeFields,
} from '../../../src/protocol/view/own-forms.ts'
import { DEVICE, SERIAL, SHARED } from '../make.ts'

t.test('the mode is one that thermostats have, or is not known', async (t) => {
  const rows: [shared: JsonObject, device: JsonObject, string | undefined][] = [
    [{ target_temperature_type: 'range' }, {}, 'range'],
    [{}, { target_temperature_type: 'cool' }, 'cool'],
    [{ target_temperature_type: 'heat' }, { target_temperature_type: 'cool' }, 'heat'],
    [{ target_temperature_type: '' }, {}, undefined],
    [{ target_temperature_type: null }, { target_temperature_type: 'off' }, 'off'],
    [{}, {}, undefined],
  ]
  for (const [shared, device, mode] of rows) t.equal(reportedMode({ shared, device }), mode)
})

t.test(
  'the schedule mode is read in either form, and written in that of the thermostat',
  async (t) => {
    const rows: [shared: JsonObject, device: JsonObject, string | undefined, string][] = [
      [{ schedule_mode: 'COOL' }, {}, 'COOL', `${SHARED}.schedule_mode`],
      [{}, { current_schedule_mode: 'HEAT' }, 'HEAT', `${DEVICE}.current_schedule_mode`],
      [
        { schedule_mode: '' },
        { current_schedule_mode: 'RANGE' },
        'RANGE',
        `${DEVICE}.current_schedule_mode`,
      ],
      [
        { schedule_mode: 'COOL' },
        { current_schedule_mode: 'HEAT' },
        'COOL',
        `${SHARED}.schedule_mode`,
      ],
      [{}, { current_schedule_mode: 7 }, undefined, `${SHARED}.schedule_mode`],
      [{}, {}, undefined, `${SHARED}.schedule_mode`],
    ]
    for (const [shared, device, mode, field] of rows) {
      const view = { serial: SERIAL, shared, device }
      t.equal(reportedScheduleMode(view), mode)
      const { objectKey, fields } = scheduleModeFields(view, 'RANGE')
      t.strictSame(
        [`${objectKey}.${Object.keys(fields)}`, ...Object.values(fields)],
        [field, 'RANGE'],
      )
    }
  },
)
