import t from 'tap'
import { Household, SERIAL } from './household.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

t.test('pushes the commanded fields and nothing else (section 6)', async (t) => {
  const setpoint = ['target_change_pending', 'target_temperature', 'touched_by']
  const rows: [string, unknown, type: string, fields: string[]][] = [
    ['set_temperature', 22.5, 'shared', setpoint],
    ['set_mode', 'off', 'shared', ['target_temperature_type']],
    ['set_away', true, 'structure', ['manual_eco_all', 'manual_eco_timestamp']],
    ['set_fan', 1800, 'device', ['fan_timer_duration', 'fan_timer_timeout']],
    [
      'set_eco_temperatures',
      { low: 12 },
      'device',
      ['away_temperature_low', 'away_temperature_low_enabled'],
    ],
    ['set_device_setting', { learning_mode: false }, 'device', ['learning_mode']],
  ]
  const household = await Household.paired(t)
  for (const [command, value, type, fields] of rows) {
    const before = household.pushes(type).length
    const accepted = await household.command(command, value)
    t.equal(accepted.delivery, 'pushed', command)
    await household.thermostat.waitFor(command, () => household.pushes(type).length > before)
    const [push] = household.pushes(type).slice(before)
    t.strictSame(Object.keys(push?.value ?? {}).sort(), fields, command)
    t.equal(push?.outcome, 'applied', command)
    await household.pass(20_000)
    t.equal(await household.stateOf(accepted), 'confirmed', command)
    t.equal(household.pushes(type).length, before + 1, `${command} went out once`)
  }
  t.strictSame(household.thermostat.violations, [])
})

t.test('delivers a command once, at the next subscribe of an offline thermostat', async (t) => {
  const household = await Household.paired(t)
  const before = household.pushes('device').length
  await household.goOffline()
  const accepted = await household.command('set_eco_temperatures', { low: 11 })
  t.equal(accepted.delivery, 'queued')
  household.clock.advance(3 * HOUR_MS)
  await household.comeBack()
  await household.pass(5 * MINUTE_MS)
  t.equal(await household.stateOf(accepted), 'confirmed')
  const pushes = household.pushes('device').slice(before)
  t.equal(pushes.length, 1)
  t.strictSame(pushes[0]?.value, {
    away_temperature_low: 11,
    away_temperature_low_enabled: true,
  })
  t.equal(household.thermostat.value('device').away_temperature_low, 11)
  t.strictSame(household.thermostat.violations, [])
})

t.test('stamps a queued eco command with the time at which it is sent (D5)', async (t) => {
  const household = await Household.paired(t)
  await household.command('set_away', true)
  await household.pass(30_000)
  t.match(household.thermostat.value('device').eco, { mode: 'manual-eco' })
  await household.goOffline()
  const accepted = await household.command('set_away', false)
  household.clock.advance(2 * HOUR_MS)
  const before = household.pushes('device').length
  await household.comeBack()
  await household.pass(30_000)
  const [push] = household.pushes('device').slice(before)
  const eco = push?.value.eco as { mode: string; mode_update_timestamp: number }
  t.equal(eco.mode, 'schedule')
  t.ok(Math.abs(eco.mode_update_timestamp * 1000 - (push?.atMs ?? 0)) < 10_000, 'seconds ago')
  t.notOk(household.log.some(({ kind }) => kind === 'ecoRejected'))
  t.match(household.thermostat.value('device').eco, { mode: 'schedule' })
  t.equal(await household.stateOf(accepted), 'confirmed')
  t.strictSame(household.thermostat.violations, [])
})

t.test('expires a setpoint after 30 minutes (D4)', async (t) => {
  const household = await Household.paired(t)
  const setpoint = household.thermostat.value('shared').target_temperature
  const before = household.pushes('shared').length
  await household.goOffline()
  const accepted = await household.command('set_temperature', 27)
  household.clock.advance(31 * MINUTE_MS)
  await household.comeBack()
  await household.pass(MINUTE_MS)
  t.match(await household.ask('GET', `/api/changes/${accepted.change_id}`), {
    state: 'expired',
    reason: /did not come back in time/,
  })
  t.equal(household.pushes('shared').length, before)
  t.equal(household.thermostat.value('shared').target_temperature, setpoint)
  t.equal((await household.ask('GET', `/status?serial=${SERIAL}`)).target_temperature, setpoint)
  t.strictSame(household.thermostat.violations, [])
})

t.test("never overrides a transition of the thermostat's own schedule", async (t) => {
  const between: [string, (household: Household) => Promise<void> | void][] = [
    ['nothing', () => {}],
    ['a hold ends', (household) => household.pass(300_000)],
    ['a restart of the server', (household) => household.restartServer()],
    [
      'a restart of the thermostat',
      (household) => {
        household.thermostat.reboot()
        return household.pass(10_000)
      },
    ],
    ['a day without power', (household) => household.offline(24 * HOUR_MS)],
  ]
  const household = await Household.paired(t)
  await household.command('set_temperature', 22)
  await household.pass(30_000)
  t.equal(household.thermostat.value('shared').target_temperature, 22)
  await household.offline(24 * HOUR_MS)
  const before = household.pushes('shared').length
  let setpoint = 16
  for (const [name, happens] of between) {
    household.thermostat.passScheduleTransition(setpoint)
    await happens(household)
    await household.pass(20_000)
    household.thermostat.sense({ currentTemperature: 15 + setpoint / 10 })
    await household.pass(20_000)
    t.equal(household.thermostat.value('shared').target_temperature, setpoint, name)
    const status = await household.ask('GET', `/status?serial=${SERIAL}`)
    t.equal(status.target_temperature, setpoint, `${name}: and on the server`)
    setpoint += 0.5
  }
  t.equal(household.pushes('shared').length, before, 'nothing was pushed')
  t.strictSame(household.thermostat.violations, [])
})

t.test('supersedes a queued change when the dial is turned (D1)', async (t) => {
  const household = await Household.paired(t)
  const before = household.pushes('shared').length
  await household.goOffline()
  const accepted = await household.command('set_temperature', 26)
  household.thermostat.turnDial(18)
  household.clock.advance(5 * MINUTE_MS)
  await household.comeBack()
  await household.pass(2 * MINUTE_MS)
  t.equal(await household.stateOf(accepted), 'superseded')
  t.equal(household.thermostat.value('shared').target_temperature, 18)
  t.equal((await household.ask('GET', `/status?serial=${SERIAL}`)).target_temperature, 18)
  t.notOk(
    household
      .pushes('shared')
      .slice(before)
      .some(({ value }) => value.target_temperature === 26),
    'it was never sent',
  )
  t.strictSame(household.thermostat.violations, [])
})

t.test("shows the queued value until it expires, then the thermostat's own (D7)", async (t) => {
  const household = await Household.paired(t)
  const seen = async () =>
    (await household.ask('GET', `/status?serial=${SERIAL}`)).target_temperature
  await household.goOffline()
  await household.command('set_temperature', 24)
  t.equal(await seen(), 24)
  household.clock.advance(31 * MINUTE_MS)
  await household.ask('GET', '/health')
  t.not(await seen(), 24, 'no longer queued (D4)')
  t.strictSame(household.thermostat.violations, [])
})

t.test('keeps a queued command over a restart of the server (D2)', async (t) => {
  const household = await Household.paired(t)
  await household.goOffline()
  const accepted = await household.command('set_eco_temperatures', { high: 27 })
  const { deviceUrl, controlUrl } = household.server
  await household.server.stop()
  await household.startServer({
    device: Number(new URL(deviceUrl).port),
    control: Number(new URL(controlUrl).port),
  })
  await household.comeBack()
  await household.pass(MINUTE_MS)
  t.equal(await household.stateOf(accepted), 'confirmed')
  t.equal(household.thermostat.value('device').away_temperature_high, 27)
  t.strictSame(household.thermostat.violations, [])
})

t.test('confirms a schedule soon after the thermostat applied it (D6)', async (t) => {
  const household = await Household.paired(t)
  const before = household.pushes('schedule').length
  const accepted = await household.command('set_schedule', { schedule_mode: 'HEAT', days: {} })
  await household.pass(14_000)
  t.equal(await household.stateOf(accepted), 'sent', 'it waits for quiet')
  await household.pass(14_000)
  t.equal(await household.stateOf(accepted), 'confirmed')
  await household.pass(2 * MINUTE_MS)
  t.equal(household.pushes('schedule').length, before + 1, 'it went out once')
  t.strictSame(household.thermostat.violations, [])
})

t.test('sends a second schedule at least 15 s after the first (D6)', async (t) => {
  const household = await Household.paired(t)
  const week = (temp: number) => ({
    ver: 2,
    name: 'Test',
    schedule_mode: 'HEAT',
    days: { 0: { 0: { type: 'HEAT', time: 0, entry_type: 'setpoint', temp } } },
  })
  const before = household.pushes('schedule').length
  await household.command('set_schedule', week(18))
  await household.pass(2_000)
  const second = await household.command('set_schedule', week(19))
  await household.pass(2 * MINUTE_MS)
  const [first, later] = household.pushes('schedule').slice(before)
  t.ok((later?.atMs ?? 0) - (first?.atMs ?? 0) >= 15_000)
  t.match(household.thermostat.value('schedule'), week(19))
  t.equal(await household.stateOf(second), 'confirmed')
  t.strictSame(household.thermostat.violations, [])
})
