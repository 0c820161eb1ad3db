import t, { type Test } from 'tap'
import { askedSlots } from '../../../src/protocol/history/asked.ts'
import { column } from '../../../src/protocol/history/columns.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import type { Core } from '../../../src/server/core/core.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { HistoryFile } from '../../../src/server/history/history-file.ts'
import { readHistory } from '../../../src/server/history/read-history.ts'
import { Recorder } from '../../../src/server/history/recorder.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC12345678'
const MINUTE_MS = 60_000
const UTC = { name: 'UTC', offsetS: () => 0 }

/** A recorder of one paired thermostat that is online. */
async function recording(t: Test, path = ':memory:', maxWaitingBytes?: number) {
  const store = new SqliteStore(':memory:', { nowMs: START_MS })
  const clock = new ManualClock()
  const file = new HistoryFile(path, silentLogger)
  t.teardown(() => store.close())
  const core = {
    store,
    clock,
    presence: { isAvailable: () => true },
    outdoor: { of: () => undefined },
  } as unknown as Core
  const recorder = new Recorder(core, file, maxWaitingBytes)
  let revision = 0
  const shows = async (celsius: number) => {
    revision += 1
    await decide(store, SERIAL, (draft) => {
      draft.setDevice(newDevice(START_MS))
      draft.setOwner({ userId: 'anna', createdAtMs: START_MS })
      for (const type of ['shared', 'device']) {
        draft.putBucket(
          {
            objectKey: `${type}.${SERIAL}`,
            revision,
            timestamp: revision,
            value: { current_temperature: celsius },
          },
          'test',
        )
      }
    })
    await recorder.record(new Map([[SERIAL, clock.now()]]))
  }
  /** The temperature in each of these minutes of the wall clock, counted from the start. */
  const temperatures = async (fromMinute: number, toMinute: number) => {
    const asked = {
      from: String(START_MS + fromMinute * MINUTE_MS),
      to: String(START_MS + toMinute * MINUTE_MS),
      step: String(MINUTE_MS),
    }
    const { slots } = askedSlots(asked, 0, UTC)
    const unwritten = recorder.unwritten(SERIAL)
    const sums = await file.use((history) => readHistory(history, SERIAL, slots, unwritten))
    // The first slot began before the start.
    return column(sums, 'temperature').slice(1)
  }
  return { clock, recorder, shows, temperatures }
}

t.test('a clock that is put forward makes a gap, and moves nothing', async (t) => {
  const { clock, shows, temperatures } = await recording(t)
  await shows(20)
  clock.advance(10 * MINUTE_MS)
  clock.wallOffsetMs = 60 * MINUTE_MS
  await shows(21)
  clock.advance(10 * MINUTE_MS)
  const known = await temperatures(0, 90)
  t.strictSame([known[3], known[8], known[30], known[72], known[78]], [20, 20, null, 21, 21])
})

t.test('a clock that is put back: what came later counts', async (t) => {
  for (const isWritten of [false, true]) {
    const { clock, recorder, shows, temperatures } = await recording(t)
    await shows(20)
    clock.advance(20 * MINUTE_MS)
    await shows(22)
    clock.advance(10 * MINUTE_MS)
    if (isWritten) await recorder.write()
    clock.wallOffsetMs = -15 * MINUTE_MS
    await shows(25)
    clock.advance(30 * MINUTE_MS)
    const known = await temperatures(0, 60)
    t.strictSame([known[3], known[12], known[17], known[40]], [20, 20, 25, 25])
    t.equal(known[50], null)
  }
})

t.test('a clock that was not set yet leaves nothing behind', async (t) => {
  const { clock, recorder, shows, temperatures } = await recording(t)
  clock.wallOffsetMs = -START_MS
  await shows(20)
  clock.advance(MINUTE_MS)
  clock.wallOffsetMs = 0
  await shows(21)
  clock.advance(10 * MINUTE_MS)
  t.equal((await temperatures(0, 12))[7], 21)
  t.strictSame(
    recorder.unwritten(SERIAL).filter(({ fromMs }) => fromMs < START_MS),
    [],
  )
})

t.test('what waits for a file that cannot be written is bounded: the oldest is lost', async (t) => {
  const folder = t.testdir()
  const { clock, recorder, shows } = await recording(t, folder, 5_000)
  for (let batch = 0; batch < 100; batch++) {
    await shows(20 + (batch % 7))
    clock.advance(30 * MINUTE_MS)
    await recorder.write()
  }
  const chunks = recorder.unwritten(SERIAL)
  t.ok(chunks.length > 5 && chunks.length < 25, `${chunks.length} of 100`)
  t.equal(chunks.at(-1)?.untilMs, clock.now().wallMs, 'the newest is there')
})
