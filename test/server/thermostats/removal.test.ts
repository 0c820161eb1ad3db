import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { makeServices } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

const SERIAL = '02AA01AC12345678'
const CALLER = { serial: SERIAL, network: '192.168.1.10' }

t.test('a thermostat that puts in the very turn of its deletion is new, and served', async (t) => {
  const store = new SqliteStore(':memory:', { nowMs: START_MS })
  t.teardown(() => store.close())
  const { config } = resolveConfig({}, {})
  const clock = new ManualClock()
  const { removal, transport, core } = makeServices(store, { config, clock, log: silentLogger })
  const put = (value: number) =>
    transport.put(CALLER, {
      objects: [
        {
          objectKey: `shared.${SERIAL}`,
          value: { target_temperature: value },
          baseRevision: undefined,
          ifRevision: undefined,
        },
      ],
      refused: [],
    })
  await put(20)
  const told: string[] = []
  core.events.on('deviceChanged', (serial) => told.push(serial))
  // Nothing comes between the two: they share one transaction.
  const [count, receipts] = await Promise.all([removal.remove(SERIAL), put(18)])
  t.equal(count, 1)
  t.same(told, [SERIAL, SERIAL], 'of its removal, and of its return')
  t.match(receipts, [{ objectKey: `shared.${SERIAL}`, revision: 1 }])
  const { buckets } = await store.load(SERIAL)
  t.match(buckets.get(`shared.${SERIAL}`), { value: { target_temperature: 18 } })
  t.equal(core.presence.isAvailable(SERIAL), true)
})
