import t, { type Test } from 'tap'
import { History } from '../../../src/server/history/history.ts'
import type { Store } from '../../../src/store/store.ts'
import { SERIAL } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'
import { settled, startProcesses } from '../cluster/processes.ts'

const MINUTE_MS = 60_000
const RETENTION = { rawDays: 60, hourlyDays: 1_095, dailyDays: 36_500 }
const OPTIONS = {
  path: ':memory:',
  retention: RETENTION,
  zone: { name: 'UTC', offsetS: () => 0 },
}

/** Two processes with a history on one database, and a paired thermostat. */
async function processes(t: Test, storeOf: (store: Store) => Store = (store) => store) {
  const histories: History[] = []
  const { clock, all } = await startProcesses(t, 2, (index) => ({
    history: {
      begin: async (job) => histories[index]?.begin(job),
      end: async () => histories[index]?.end(),
      refresh: async () => histories[index]?.refresh(),
    },
  }))
  const [a, b] = all
  if (a === undefined || b === undefined) throw new Error('too few')
  for (const { core } of all) {
    const history = new History({ ...core, store: storeOf(core.store) }, () => OPTIONS)
    histories.push(history)
    t.teardown(() => history.stop())
  }
  await a.put(`shared.${SERIAL}`, { current_temperature: 20 })
  await a.put(`device.${SERIAL}`, { current_humidity: 40 })
  await decide(a.core.store, SERIAL, (draft) =>
    draft.setOwner({ userId: 'anna', createdAtMs: START_MS }),
  )
  let sent = 0
  const heats = async (process: typeof a, isHeating: boolean): Promise<void> => {
    sent += 1
    await process.put(`shared.${SERIAL}`, { hvac_heater_state: isHeating, sent })
  }
  /** Time passes in steps of the timers, and everything that they begin is done. */
  const pass = async (minutes: number): Promise<void> => {
    for (let step = 0; step < minutes * 12; step++) {
      clock.advance(MINUTE_MS / 12)
      await settled()
    }
  }
  /** Seconds of heating until now. */
  const heating = async (index: number): Promise<number> => {
    const table = await histories[index]?.runtime(SERIAL, { from: String(START_MS - MINUTE_MS) })
    return table?.rows.reduce((sum, row) => sum + row.heating, 0) ?? 0
  }
  /** Holds a connection that lacks nothing, for somewhat more than four minutes. */
  const hold = async (process: typeof a): Promise<void> => {
    const { buckets } = await process.core.store.load(SERIAL)
    const listed = [...buckets.values()].map(({ objectKey, revision, timestamp }) => {
      return [objectKey, [revision, timestamp]] as const
    })
    await process.hold(Object.fromEntries(listed))
  }
  const stop = async (index: number): Promise<void> => histories[index]?.stop()
  return { a, b, clock, heats, pass, heating, hold, stop }
}

t.test('a chunk begins with what is on file, also where that was not heard of', async (t) => {
  const { b, a, heats, pass, heating, hold } = await processes(t)
  await heats(b, true)
  for (let minute = 0; minute < 28; minute += 4) {
    await hold(b)
    await pass(4)
  }
  await hold(b)
  await pass(1)
  b.fake.isDeaf = true
  await heats(a, false)
  await pass(3)
  b.fake.hear()
  t.equal(await heating(0), 29 * 60)
  t.equal(await heating(1), 29 * 60)
})

t.test('a thermostat that comes back to a process is recorded without a change', async (t) => {
  const { a, b, heats, pass, heating, hold, stop } = await processes(t)
  await heats(a, true)
  await pass(1)
  await heats(b, true)
  await pass(3)
  await hold(a)
  await pass(1)
  await stop(1)
  for (let minute = 0; minute < 60; minute += 4) {
    await hold(a)
    await pass(4)
  }
  t.equal(await heating(0), 65 * 60)
})

t.test(
  'what cannot be read at the time of a change is read later, and counts from then',
  async (t) => {
    let fails = false
    const { a, clock, heats, pass, heating } = await processes(
      t,
      (store) =>
        new Proxy(store, {
          get: (target, name) => {
            if (name === 'load' && fails) return async () => Promise.reject(new Error('away'))
            const value: unknown = target[name as keyof Store]
            return typeof value === 'function' ? value.bind(target) : value
          },
        }),
    )
    await heats(a, true)
    await pass(1)
    await heats(a, false)
    fails = true
    await pass(1)
    fails = false
    clock.advance(1_000)
    await settled()
    t.equal(await heating(0), 60)
  },
)
