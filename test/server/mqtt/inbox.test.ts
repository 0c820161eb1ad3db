import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { Inbox } from '../../../src/server/mqtt/inbox.ts'
import { makeServices } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { SERIAL } from '../../helpers/home.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { decide, putBucket } from '../../helpers/seed-store.ts'

t.test('objects of fields that arrive together are all carried out', async (t) => {
  const clock = new ManualClock()
  const store = new SqliteStore(':memory:', { nowMs: clock.now().wallMs })
  t.teardown(() => store.close())
  const { config } = resolveConfig({}, {})
  const services = makeServices(store, { config, clock, log: silentLogger })
  await decide(store, SERIAL, (draft) => {
    draft.setDevice(newDevice(clock.now().wallMs))
    draft.setOwner({ userId: 'anna', createdAtMs: 0 })
  })
  const shared = { target_temperature_type: 'heat', can_heat: true, can_cool: true }
  await putBucket(store, SERIAL, `shared.${SERIAL}`, shared)
  const inbox = new Inbox(services, 'nle', () => true)
  const offer = (topic: string, payload: string): void =>
    inbox.offer(`nle/${SERIAL}/${topic}`, Buffer.from(payload), false)
  offer('shared/set', '{"target_temperature":21}')
  offer('shared/set', '{"target_temperature_type":"cool"}')
  offer('ha/fan_mode/set', 'on')
  offer('ha/fan_mode/set', 'auto')
  const commands = async () =>
    (await store.recentCommands(SERIAL, 10)).flat().map(({ command }) => command)
  for (let turn = 0; turn < 50 && (await commands()).length < 2; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same((await commands()).sort(), ['set_mode', 'set_temperature'])
  t.equal(
    inbox.refused,
    1,
    'of the two words for the fan, which it has not, the latest was looked at',
  )
  inbox.close()
})
