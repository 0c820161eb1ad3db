import t from 'tap'
import { House, SERIAL } from './house.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

t.test('a push holds the commanded fields and nothing else', async (t) => {
  const setpoint = ['target_change_pending', 'target_temperature', 'touched_by']
  const rows: [string, unknown, type: string, fields: string[]][] = [
    ['set_temperature', 22.5, 'shared', setpoint],
    ['set_mode', 'off', 'shared', ['target_temperature_type']],
    ['set_away', true, 'structure', ['manual_eco_all', 'manual_eco_timestamp']],
    ['set_fan', 1800, 'device', ['fan_timer_timeout']],
    ['set_eco_temperatures', { low: 12 }, 'device', ['away_temperature_low']],
    ['set_device_setting', { learning_mode: false }, 'device', ['learning_mode']],
  ]
  const house = await House.paired(t)
  for (const [command, value, type, fields] of rows) {
    const before = house.pushes(type).length
    const accepted = await house.command(command, value)
    t.equal(accepted.delivery, 'pushed', command)
    await house.thermostat.waitFor(command, () => house.pushes(type).length > before)
    const [push] = house.pushes(type).slice(before)
    t.strictSame(Object.keys(push?.value ?? {}).sort(), fields, command)
    t.equal(push?.outcome, 'applied', command)
    await house.pass(20_000)
    t.equal(await house.stateOf(accepted), 'confirmed', command)
    t.equal(house.pushes(type).length, before + 1, `${command} went out once`)
  }
  t.strictSame(house.thermostat.violations, [])
})

t.test('an offline thermostat gets a command once, at its next subscribe', async (t) => {
  const house = await House.paired(t)
  const before = house.pushes('device').length
  await house.goOffline()
  const accepted = await house.command('set_eco_temperatures', { low: 11 })
  t.equal(accepted.delivery, 'queued')
  house.clock.advance(3 * HOUR_MS)
  await house.comeBack()
  await house.pass(5 * MINUTE_MS)
  t.equal(await house.stateOf(accepted), 'confirmed')
  const pushes = house.pushes('device').slice(before)
  t.equal(pushes.length, 1)
  t.strictSame(pushes[0]?.value, { away_temperature_low: 11 })
  t.equal(house.thermostat.value('device').away_temperature_low, 11)
  t.strictSame(house.thermostat.violations, [])
})

t.test('D5: an eco command that waited carries the time at which it goes out', async (t) => {
  const house = await House.paired(t)
  await house.command('set_away', true)
  await house.pass(30_000)
  t.match(house.thermostat.value('device').eco, { mode: 'manual-eco' })
  await house.goOffline()
  const accepted = await house.command('set_away', false)
  house.clock.advance(2 * HOUR_MS)
  const before = house.pushes('device').length
  await house.comeBack()
  await house.pass(30_000)
  const [push] = house.pushes('device').slice(before)
  const eco = push?.value.eco as { mode: string; mode_update_timestamp: number }
  t.equal(eco.mode, 'schedule')
  t.ok(Math.abs(eco.mode_update_timestamp * 1000 - (push?.atMs ?? 0)) < 10_000, 'seconds ago')
  t.notOk(house.log.some(({ kind }) => kind === 'ecoRejected'))
  t.match(house.thermostat.value('device').eco, { mode: 'schedule' })
  t.equal(await house.stateOf(accepted), 'confirmed')
  t.strictSame(house.thermostat.violations, [])
})

t.test('D4: a setpoint that waited for more than 30 minutes is not told any more', async (t) => {
  const house = await House.paired(t)
  const setpoint = house.thermostat.value('shared').target_temperature
  const before = house.pushes('shared').length
  await house.goOffline()
  const accepted = await house.command('set_temperature', 27)
  house.clock.advance(31 * MINUTE_MS)
  await house.comeBack()
  await house.pass(MINUTE_MS)
  t.match(await house.ask('GET', `/api/changes/${accepted.change_id}`), {
    state: 'expired',
    reason: /did not come back in time/,
  })
  t.equal(house.pushes('shared').length, before)
  t.equal(house.thermostat.value('shared').target_temperature, setpoint)
  t.equal((await house.ask('GET', `/status?serial=${SERIAL}`)).target_temperature, setpoint)
  t.strictSame(house.thermostat.violations, [])
})

t.test(
  'a transition of its own schedule is never overridden, whatever comes between',
  async (t) => {
    const between: [string, (house: House) => Promise<void> | void][] = [
      ['nothing', () => {}],
      ['a hold ends', (house) => house.pass(300_000)],
      ['a restart of the server', (house) => house.restartServer()],
      [
        'a restart of the thermostat',
        (house) => {
          house.thermostat.reboot()
          return house.pass(10_000)
        },
      ],
      ['a day without power', (house) => house.offline(24 * HOUR_MS)],
    ]
    const house = await House.paired(t)
    await house.command('set_temperature', 22)
    await house.pass(30_000)
    t.equal(house.thermostat.value('shared').target_temperature, 22)
    await house.offline(24 * HOUR_MS)
    const before = house.pushes('shared').length
    let setpoint = 16
    for (const [name, happens] of between) {
      house.thermostat.passScheduleTransition(setpoint)
      await happens(house)
      await house.pass(20_000)
      house.thermostat.sense({ currentTemperature: 15 + setpoint / 10 })
      await house.pass(20_000)
      t.equal(house.thermostat.value('shared').target_temperature, setpoint, name)
      const status = await house.ask('GET', `/status?serial=${SERIAL}`)
      t.equal(status.target_temperature, setpoint, `${name}: and the server knows`)
      setpoint += 0.5
    }
    t.equal(house.pushes('shared').length, before, 'nobody told it anything')
    t.strictSame(house.thermostat.violations, [])
  },
)

t.test('D1: a turn of the dial beats a change that waits', async (t) => {
  const house = await House.paired(t)
  const before = house.pushes('shared').length
  await house.goOffline()
  const accepted = await house.command('set_temperature', 26)
  house.thermostat.turnDial(18)
  house.clock.advance(5 * MINUTE_MS)
  await house.comeBack()
  await house.pass(2 * MINUTE_MS)
  t.equal(await house.stateOf(accepted), 'superseded')
  t.equal(house.thermostat.value('shared').target_temperature, 18)
  t.equal((await house.ask('GET', `/status?serial=${SERIAL}`)).target_temperature, 18)
  t.notOk(
    house
      .pushes('shared')
      .slice(before)
      .some(({ value }) => value.target_temperature === 26),
    'it never went out',
  )
  t.strictSame(house.thermostat.violations, [])
})

t.test('D7: a reader sees what is on its way, and then what the thermostat says', async (t) => {
  const house = await House.paired(t)
  const seen = async () => (await house.ask('GET', `/status?serial=${SERIAL}`)).target_temperature
  await house.goOffline()
  await house.command('set_temperature', 24)
  t.equal(await seen(), 24)
  house.clock.advance(31 * MINUTE_MS)
  await house.ask('GET', '/health')
  t.not(await seen(), 24, 'D4: no longer on its way')
  t.strictSame(house.thermostat.violations, [])
})

t.test('D2: a command waits through a restart of the server', async (t) => {
  const house = await House.paired(t)
  await house.goOffline()
  const accepted = await house.command('set_eco_temperatures', { high: 27 })
  const { deviceUrl, controlUrl } = house.server
  await house.server.stop()
  await house.startServer({
    device: Number(new URL(deviceUrl).port),
    control: Number(new URL(controlUrl).port),
  })
  await house.comeBack()
  await house.pass(MINUTE_MS)
  t.equal(await house.stateOf(accepted), 'confirmed')
  t.equal(house.thermostat.value('device').away_temperature_high, 27)
  t.strictSame(house.thermostat.violations, [])
})

t.test('D6: a schedule is confirmed soon after the thermostat applied it', async (t) => {
  const house = await House.paired(t)
  const before = house.pushes('schedule').length
  const accepted = await house.command('set_schedule', { schedule_mode: 'HEAT', days: {} })
  await house.pass(14_000)
  t.equal(await house.stateOf(accepted), 'sent', 'it waits for quiet')
  await house.pass(14_000)
  t.equal(await house.stateOf(accepted), 'confirmed')
  await house.pass(2 * MINUTE_MS)
  t.equal(house.pushes('schedule').length, before + 1, 'it went out once')
  t.strictSame(house.thermostat.violations, [])
})

t.test('D6: a schedule arrives, and a second one keeps its distance', async (t) => {
  const house = await House.paired(t)
  const week = (temp: number) => ({
    ver: 2,
    name: 'Test',
    schedule_mode: 'HEAT',
    days: { 0: { 0: { type: 'HEAT', time: 0, entry_type: 'setpoint', temp } } },
  })
  const before = house.pushes('schedule').length
  await house.command('set_schedule', week(18))
  await house.pass(2_000)
  const second = await house.command('set_schedule', week(19))
  await house.pass(2 * MINUTE_MS)
  const [first, later] = house.pushes('schedule').slice(before)
  t.ok((later?.atMs ?? 0) - (first?.atMs ?? 0) >= 15_000)
  t.match(house.thermostat.value('schedule'), week(19))
  t.equal(await house.stateOf(second), 'confirmed')
  t.strictSame(house.thermostat.violations, [])
})
