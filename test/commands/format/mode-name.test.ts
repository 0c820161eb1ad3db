import { Chalk } from 'chalk'
import t from 'tap'
import type { ChangeReport } from '../../../src/commands/client/answers.ts'
import { changeText } from '../../../src/commands/format/change-table.ts'
import { weekTable } from '../../../src/commands/format/week-table.ts'

t.test('the flags that go along with eco temperatures are left out', async (t) => {
  const fields = { away_temperature_low: 15, away_temperature_low_enabled: true }
  const text = changeText(
    { command: 'set_eco_temperatures', fields } as unknown as ChangeReport,
    'C',
  )
  t.equal(text, 'eco-low 15 °C')
})

t.test('range mode is called heat-cool in all output', async (t) => {
  const said = (command: string, fields: ChangeReport['fields']) =>
    changeText({ command, fields } as ChangeReport, 'C')
  t.equal(said('set_mode', { target_temperature_type: 'range' }), 'mode heat-cool')
  t.equal(said('set_schedule_mode', { schedule_mode: 'RANGE' }), 'schedule mode heat-cool')
  t.equal(said('set_mode', { target_temperature_type: 'off' }), 'mode off')
  const chalk = new Chalk({ level: 0 })
  const week = weekTable({ schedule_mode: 'RANGE', days: {} }, { scale: 'C', columns: 80, chalk })
  t.match(week, /^Schedule \(heat-cool, °C\)\n/)
})
