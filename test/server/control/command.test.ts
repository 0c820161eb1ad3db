import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'

t.test('a command goes out on the held connection with its own fields alone', async (t) => {
  const { ask, paired } = await startHome(t)
  const thermostat = await paired()
  const { status, body } = await ask('POST', '/command', {
    serial: SERIAL.toLowerCase(),
    command: 'set_temperature',
    value: 21.5,
  })
  t.equal(status, 200)
  t.match(body, { success: true, delivery: 'pushed', change_id: 1 })
  t.match(body.data, { object_key: `shared.${SERIAL}` })
  t.same(Object.keys(body).sort(), ['change_id', 'data', 'delivery', 'success'])
  const set = await thermostat.waitFor('the setpoint', (one) =>
    one.value('shared').target_temperature === 21.5 ? one.value('shared') : undefined,
  )
  t.match(set.touched_by, { touched_by: 3 })
  t.same(thermostat.violations, [])
})
