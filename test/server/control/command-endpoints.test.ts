import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'

const WARMER = { serial: SERIAL, command: 'set_temperature', value: 21.5 }

t.test('a command is pushed on the held connection with its own fields only', async (t) => {
  const { ask, paired } = await startHome(t)
  const thermostat = await paired()
  const { status, body } = await ask('POST', '/command', {
    ...WARMER,
    serial: SERIAL.toLowerCase(),
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

t.test('a command for a disconnected thermostat is queued', async (t) => {
  const { ask, paired, unplug } = await startHome(t)
  await unplug(await paired())
  const { body } = await ask('POST', '/command', WARMER)
  t.match(body, { success: true, delivery: 'queued' })
  const { body: status } = await ask('GET', `/status?serial=${SERIAL}`)
  t.equal(status.target_temperature, 21.5, 'D7: readers see it already')
})

t.test('a command for an unknown thermostat is 404 and creates no device', async (t) => {
  const { ask } = await startHome(t)
  for (const serial of ['02AA01AC99999999', 'nonsense', '18B430AABBCC']) {
    const { status, body } = await ask('POST', '/command', { ...WARMER, serial })
    t.equal(status, 404, serial)
    t.match(body, { success: false, message: 'Device not found', error: 'Device not found' })
  }
  t.equal((await ask('GET', '/api/devices?all=1')).body.total, 0)
})

t.test('an invalid command is refused with a reason, and nothing is written', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired({ hasFan: false })
  const rows: [string, unknown, RegExp][] = [
    ['no body', undefined, /not valid JSON/],
    ['no JSON', '{"serial":', /not valid JSON/],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), /not valid UTF-8/],
    ['a list', [], /JSON object/],
    ['nothing', 'null', /JSON object/],
    ['no serial', { command: 'set_mode', value: 'heat' }, /Missing required field: serial/],
    ['a number as serial', { ...WARMER, serial: 12 }, /Missing required field: serial/],
    ['no command', { serial: SERIAL, value: 20 }, /Missing required field: command/],
    ['no value', { serial: SERIAL, command: 'set_mode' }, /Missing required field: value/],
    ['an unknown command', { ...WARMER, command: 'explode' }, /Unknown command: explode/],
    ['a list as command', { ...WARMER, command: ['set_mode'] }, /Unknown command/],
    ['a word as temperature', { ...WARMER, value: 'warm' }, /number from 4.5 to 32/],
    ['Fahrenheit', { ...WARMER, value: 70 }, /Celsius/],
    ['upside down', { ...WARMER, value: { low: 24, high: 20 } }, /must not be below/],
    ['a fan it has not', { ...WARMER, command: 'set_fan', value: 'on' }, /has_fan=false/],
    ['an unknown setting', { ...WARMER, command: 'set_device_setting', value: { x: 1 } }, /x/],
  ]
  for (const [name, body, message] of rows) {
    const answer = await ask('POST', '/command', body)
    t.equal(answer.status, 400, name)
    t.match(answer.body, { success: false, message, error: message }, name)
  }
  t.same((await ask('GET', '/api/changes')).body, { changes: [] })
})

t.test('a client is told what was clamped; what a person typed is refused instead', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired()
  const hot = { ...WARMER, value: 33 }
  t.match((await ask('POST', '/command', hot)).body.data, {
    clamped: true,
    values: { target_temperature: 32 },
  })
  t.same(Object.keys((await ask('POST', '/command', WARMER)).body.data ?? {}).sort(), [
    'object_key',
    'values',
  ])
  for (const givenBy of ['client', null]) {
    const { status } = await ask('POST', '/command', { ...hot, given_by: givenBy })
    t.equal(status, 200, String(givenBy))
  }
  const typed = await ask('POST', '/command', { ...hot, given_by: 'person' })
  t.match(typed, { status: 400, body: { message: /from 4\.5 to 32 °C, not 33/ } })
  const unknown = await ask('POST', '/command', { ...hot, given_by: 'cat' })
  t.match(unknown, { status: 400, body: { message: /given_by must be client or person/ } })
})

t.test('POST /notify-device answers the number of connections it pushed to', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired()
  const { status, body } = await ask('POST', '/notify-device', { serial: SERIAL })
  t.equal(status, 200)
  t.same(body, { success: true, subscribers_notified: 0 }, 'nothing waits')
  t.match(await ask('POST', '/notify-device', {}), {
    status: 400,
    body: { error: 'Serial required' },
  })
  t.match(await ask('POST', '/notify-device', { serial: '02AA01AC99999999' }), {
    status: 404,
    body: { error: 'Device not found' },
  })
})

t.test('a stranger sends so many commands a minute; the socket has no limit', async (t) => {
  const rule = { atOnce: 3, perMinute: 60 }
  const commandRate = { own: rule, spare: rule, shared: rule }
  const home = await startHome(t, { commandRate })
  await home.paired()
  const again = ['POST', '/notify-device', { serial: SERIAL }] as const
  for (let i = 0; i < 3; i++) t.equal((await home.ask(...again)).status, 200)
  const refused = await home.ask('POST', '/command', WARMER)
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(refused.body, { success: false, message: /Too many commands at once/ })
  t.equal((await home.askHere(...again)).status, 200)
  home.clock.advance(1_000)
  t.equal((await home.ask(...again)).status, 200)
})
