import t from 'tap'
import { prepareImport } from '../../src/import/write.ts'
import { type DeviceBucket, VirtualThermostat } from '../../src/virtual/index.ts'
import { loopbackServer } from '../server/loopback-server.ts'
import { ExistingDatabase } from '../store/sqlite/existing-database.ts'

const SERIALS = ['02AA01AC0000000001', '02AA01AC0000000002']
const BEFORE_MS = 1_760_000_000_000

/** What the existing server had given a thermostat, and what is therefore in its memory. */
function given(serial: string): DeviceBucket[] {
  const bucket = (key: string, offset: number, value: DeviceBucket['value']): DeviceBucket => ({
    key,
    revision: 10 + offset,
    timestamp: BEFORE_MS + offset,
    value,
  })
  return [
    bucket('user.homeassistant', 1, { name: 'homeassistant' }),
    bucket('structure.homeassistant', 2, { name: 'Home', devices: [serial] }),
    bucket(`device.${serial}`, 3, { has_fan: true, current_version: '5.9.4-5' }),
    bucket(`shared.${serial}`, 4, {
      name: 'Hall',
      target_temperature: 20,
      target_temperature_type: 'heat',
      can_heat: true,
      can_cool: true,
      target_change_pending: false,
    }),
    bucket(`schedule.${serial}`, 5, { ver: 2, schedule_mode: 'HEAT', days: {} }),
  ]
}

t.test('imported thermostats are held in silence, and take a command at once', async (t) => {
  const source = new ExistingDatabase(t).user('homeassistant', null, 1)
  for (const serial of SERIALS) {
    source.owner(serial, 'homeassistant', BEFORE_MS)
    for (const { key, revision, timestamp, value } of given(serial)) {
      source.state(serial, key, revision, timestamp, value)
    }
  }
  const databasePath = source.target
  const nowMs = Date.now()
  const prepared = await prepareImport(source.path, databasePath, {
    wallMs: nowMs,
    steadyMs: nowMs,
  })
  await prepared.apply()
  const server = await loopbackServer(t, { databasePath })

  await Promise.all(
    SERIALS.map(async (serial) => {
      const thermostat = new VirtualThermostat({
        serial,
        origin: server.deviceUrl,
        memory: given(serial),
        // Long enough that nothing is put of its own accord while silence is looked at.
        bootSettleMs: 60_000,
        acknowledgeMs: 1,
      })
      t.teardown(() => thermostat.stop())
      thermostat.start()
      await thermostat.waitFor(
        'a held subscribe',
        () => server.core.subscriptions.count(serial) === 1,
      )
      t.ok(thermostat.paired, 'it never lost its pairing')
      const answer = await fetch(`${server.controlUrl}/status?serial=${serial}`)
      t.match(await answer.json(), { owner: 'homeassistant', name: 'Hall', target_temperature: 20 })
      t.equal(server.core.subscriptions.count(serial), 1, 'still the same subscribe')
      t.equal(
        thermostat.log.filter((entry) => entry.kind === 'push').length,
        0,
        'nothing was sent to it',
      )

      const body = JSON.stringify({ serial, command: 'set_temperature', value: 23.5 })
      const command = await fetch(`${server.controlUrl}/command`, { method: 'POST', body })
      t.match(await command.json(), { success: true, delivery: 'pushed' })
      await thermostat.waitFor(
        'the setpoint',
        () => thermostat.value('shared').target_temperature === 23.5,
      )
      t.strictSame(thermostat.violations, [])
    }),
  )
})
