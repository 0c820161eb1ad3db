import t from 'tap'
import { batteryVolts, filterIsDue, hotWater } from '../../../src/protocol/view/equipment.ts'

t.test('hot water is told of a thermostat that controls it', async (t) => {
  t.equal(hotWater({ hot_water_mode: 'schedule' }), null)
  t.equal(hotWater({ has_hot_water_control: false, hot_water_active: true }), null)
  t.same(hotWater({ has_hot_water_control: true }), { active: null, mode: null, boost_until: 0 })
  const boosted = {
    has_hot_water_control: true,
    hot_water_active: true,
    hot_water_mode: 'schedule',
    hot_water_boost_time_to_end: 1_707_148_800,
  }
  t.same(hotWater(boosted), { active: true, mode: 'schedule', boost_until: 1_707_148_800 })
})

t.test('battery and filter are null where nothing sensible is reported', async (t) => {
  t.same(
    [batteryVolts({ battery_level: 3.81 }), batteryVolts({ battery_level: 'low' })],
    [3.81, null],
  )
  t.equal(filterIsDue({ filter_replacement_needed: true }), true)
  t.equal(filterIsDue({ filter_replacement_needed: true, has_air_filter: false }), null)
  t.equal(filterIsDue({}), null)
})
