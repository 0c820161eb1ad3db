import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { hotWaterStatus } from '../../../src/protocol/view/hot-water.ts'
import { NOW_S, view } from '../make.ts'

const TANK = { has_hot_water_control: true, hot_water_mode: 'schedule' }

t.test(
  'a status tells what the hot water does; of a thermostat without a tank it is null',
  async (t) => {
    const of = (device: JsonObject) => hotWaterStatus(view({ device }))
    t.equal(of({ hot_water_active: true }), null)
    t.strictSame(of(TANK), { active: false, mode: 'schedule', boost_timeout: 0 })
    t.strictSame(of({ ...TANK, hot_water_active: true, hot_water_boost_time_to_end: NOW_S + 1 }), {
      active: true,
      mode: 'schedule',
      boost_timeout: NOW_S + 1,
    })
    // What is over is none.
    t.match(of({ ...TANK, hot_water_boost_time_to_end: NOW_S }), { boost_timeout: 0 })
    t.match(of({ has_hot_water_control: true }), { mode: null })
  },
)
