import t from 'tap'
import type { ChangeAnswer } from '../../../src/api/shapes.ts'
import { planCommand } from '../../../src/protocol/commands/plan-command.ts'
import { durationText } from '../../../src/web/format/durations.ts'
import { changeText } from '../../../src/web/views/device/change-words.ts'
import { detailsOf } from '../../../src/web/views/device/details.ts'
import { view } from '../../protocol/make.ts'
import { makeStatus } from '../make-status.ts'

/** The words for a command as the server reports it. */
function words(command: string, value: unknown, scale: 'C' | 'F' = 'C'): string {
  const [planned] = planCommand(command, value, view()).changes
  const parts = [{ fields: planned?.fields }] as unknown as ChangeAnswer['parts']
  return changeText({ command, parts } as ChangeAnswer, scale)
}

t.test('a change is told as a person would say it', async (t) => {
  t.equal(words('set_temperature', 21.5), 'Target 21.5 °C')
  t.equal(words('set_temperature', { low: 19, high: 24 }, 'F'), 'Target 66–75 °F')
  t.equal(words('set_mode', 'heat-cool'), 'Mode Heat and cool')
  t.equal(words('set_away', true), 'Eco on')
  t.equal(words('set_away', false), 'Eco off')
  t.equal(words('set_fan', 5400), 'Fan for 1 h 30 min')
  t.equal(words('set_fan', 'auto'), 'Fan auto')
  t.equal(words('set_schedule_mode', 'COOL'), 'Kind of schedule')
  t.equal(words('set_name', 'Den'), 'Name Den')
  t.equal(words('set_device_setting', { learning_mode: false }), 'Learn the schedule → Off')
  t.match(words('set_eco_temperatures', { low: 16 }), /^Eco: heat below → 16 °C/)
  t.equal(
    changeText({ command: 'set_later', parts: [] } as unknown as ChangeAnswer, 'C'),
    'set_later',
    'a command of a later server',
  )
})

t.test('a duration is told in minutes and hours', async (t) => {
  t.same(
    [1, 60_000, 3_600_000, 5_400_000].map((ms) => durationText(ms)),
    ['1 min', '1 min', '1 h', '1 h 30 min'],
  )
})

t.test('the details have every field, those of objects too', async (t) => {
  const details = new Map(detailsOf(makeStatus({ owner: null, humidity: 42 })))
  t.equal(details.get('humidity'), '42')
  t.equal(details.get('owner'), '–')
  t.equal(details.get('hvac.heater'), 'no')
})
