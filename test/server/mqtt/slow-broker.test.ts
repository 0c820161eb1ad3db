import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { nextTurn } from '../../../src/server/core/turns.ts'
import type { Connection } from '../../../src/server/mqtt/connection.ts'
import { Session } from '../../../src/server/mqtt/session.ts'
import { makeServices } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'

const THERMOSTATS = 80

t.test('topics of many thermostats wait for a slow broker on file, not in memory', async (t) => {
  const clock = new ManualClock()
  const store = new SqliteStore(':memory:', { nowMs: clock.now().steadyMs })
  t.teardown(() => store.close())
  for (let n = 10; n < 10 + THERMOSTATS; n++) {
    const serial = `02AA01AC000000${n}`
    await decide(store, serial, (draft) => {
      draft.setDevice(newDevice(clock.now().wallMs))
      draft.setOwner({ userId: 'ada', createdAtMs: 1 })
      for (const type of ['device', 'shared']) {
        const objectKey = `${type}.${serial}`
        draft.putBucket({ objectKey, revision: 1, timestamp: 1, value: { can_heat: true } }, 'test')
      }
    })
  }
  const { config } = resolveConfig({}, {})
  const services = makeServices(store, { config, clock, log: silentLogger })
  const topics = new Set<string>()
  let unacknowledged: (() => void)[] = []
  const connection: Connection = {
    protocolVersion: 5,
    publish({ topic }, acknowledged) {
      topics.add(topic)
      unacknowledged.push(acknowledged)
    },
    subscribe() {},
    unsubscribe() {},
    end: async () => {},
  }
  const broker = { url: 'mqtt://127.0.0.1', topicPrefix: 'nolongerevil', discoveryPrefix: 'ha' }
  const options = { ...broker, publishRaw: true, homeAssistantDiscovery: true, version: '1' }
  const session = new Session(services, options, connection)
  t.teardown(() => session.close())
  await session.start()
  const wait = async (): Promise<void> => {
    for (let turn = 0; turn < 2 * THERMOSTATS; turn++) await nextTurn()
  }
  await wait()
  t.ok(session.counts.messagesWaiting > 500)
  t.ok(session.counts.messagesWaiting < 1_000, 'those of a few thermostats')
  while (unacknowledged.length > 0) {
    const all = unacknowledged
    unacknowledged = []
    for (const acknowledge of all) acknowledge()
    await wait()
  }
  t.equal(
    [...topics].filter((topic) => topic.endsWith('/availability')).length,
    THERMOSTATS,
    'all are published in the end',
  )
})
