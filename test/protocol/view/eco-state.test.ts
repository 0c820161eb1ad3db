import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import {
  ecoMode,
  ecoTarget,
  isEco,
  leaveEcoFields,
  leavesEco,
} from '../../../src/protocol/view/eco-state.ts'
import { NOW_S, view } from '../make.ts'

const SCHEDULE = { mode: 'schedule', touched_by: 1, mode_update_timestamp: NOW_S - 1000 }
const MANUAL = { ...SCHEDULE, mode: 'manual-eco' }
const EXIT = { mode: 'schedule', touched_by: 3, mode_update_timestamp: NOW_S }

t.test('eco comes as an object, as a text, or as both', async (t) => {
  const rows: [string, device: JsonObject, mode: string | null][] = [
    ['neither', {}, null],
    ['the object', { eco: MANUAL }, 'manual-eco'],
    ['the text', { eco_mode: 'auto-eco' }, 'auto-eco'],
    ['both, the same', { eco: SCHEDULE, eco_mode: 'schedule' }, 'schedule'],
    ['an object without a mode', { eco: { leaf: true }, eco_mode: 'manual-eco' }, 'manual-eco'],
    ['the text says eco', { eco: SCHEDULE, eco_mode: 'manual-eco' }, 'manual-eco'],
    ['the object says eco', { eco: MANUAL, eco_mode: 'schedule' }, 'manual-eco'],
    ['the server told it to leave', { eco: EXIT, eco_mode: 'manual-eco' }, 'schedule'],
    ['no text', { eco: 'manual-eco', eco_mode: 7 }, null],
  ]
  for (const [name, device, mode] of rows) {
    t.equal(ecoMode({ device }), mode, name)
    t.equal(isEco(view({ device })), mode !== null && mode !== 'schedule', name)
  }
})

t.test('the server leaves eco in the form of the thermostat', async (t) => {
  t.strictSame(leaveEcoFields({ eco_mode: 'manual-eco' }, NOW_S), { eco_mode: 'schedule' })
  for (const device of [{}, { eco: MANUAL }, { eco: MANUAL, eco_mode: 'manual-eco' }]) {
    t.strictSame(leaveEcoFields(device, NOW_S), { eco: EXIT })
  }
})

t.test('U9: leaving eco by the dial counts after the command only', async (t) => {
  const leaves = (mode: string, atS: unknown) =>
    leavesEco({ eco: { mode, mode_update_timestamp: atS as number } }, {}, 100)
  t.equal(leaves('schedule', 101), true)
  t.equal(leaves('schedule', 100), false)
  t.equal(leaves('schedule', 99), false)
  t.equal(leaves('manual-eco', 101), false)
  t.equal(leaves('schedule', '101'), false)
  t.equal(leavesEco({}, {}, 0), false)
})

t.test('U9: the text form has no time, so it counts when it changes', async (t) => {
  const said = { eco_mode: 'schedule' }
  t.equal(leavesEco(said, { eco_mode: 'manual-eco' }, NOW_S), true)
  t.equal(leavesEco(said, { eco_mode: 'schedule' }, NOW_S), false)
  t.equal(leavesEco(said, {}, NOW_S), false)
  t.equal(leavesEco({ eco_mode: 'auto-eco' }, { eco_mode: 'manual-eco' }, NOW_S), false)
})

t.test('in eco the target is the bound of the mode, unless it is switched off', async (t) => {
  const bounds = { away_temperature_low: 10, away_temperature_high: 25 }
  const target = (mode: string | undefined, more: JsonObject = {}) =>
    ecoTarget(
      view({
        shared: mode === undefined ? {} : { target_temperature_type: mode },
        device: { ...bounds, eco: MANUAL, ...more },
      }),
    )
  t.equal(target('heat'), 10)
  t.equal(target('emergency'), 10)
  t.equal(target('cool'), 25)
  t.strictSame(target('range'), { high: 25, low: 10 })
  t.equal(target('off'), null)
  t.equal(target(undefined), null)
  t.equal(target('heat', { eco: SCHEDULE }), null, 'outside eco')
  t.equal(target('heat', { away_temperature_low_enabled: false }), null)
  t.equal(target('cool', { away_temperature_low_enabled: false }), 25)
  t.strictSame(target('range', { away_temperature_high_enabled: false }), { high: null, low: 10 })
  t.equal(target('heat', { away_temperature_low: 0 }), 0, 'zero is a value')
  t.equal(target('heat', { away_temperature_low: '10' }), null)
})
