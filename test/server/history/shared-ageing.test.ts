import t, { type Test } from 'tap'
import { NleError } from '../../../src/errors.ts'
import { DAY_MS, HOUR_MS } from '../../../src/protocol/history/calendar.ts'
import { OpenChunk } from '../../../src/protocol/history/chunk.ts'
import { AT, FIELD_NAMES } from '../../../src/protocol/history/reading.ts'
import type { Core } from '../../../src/server/core/core.ts'
import { readHistory } from '../../../src/server/history/read-history.ts'
import { SharedAgeing } from '../../../src/server/history/shared-ageing.ts'
import { SqliteHistory } from '../../../src/store/sqlite/sqlite-history.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const SERIAL = '02AA01AC12345678'
const OTHER = '02AA01AC12345679'
const MINUTE_MS = 60_000
const RULES = {
  retention: { rawDays: 60, hourlyDays: 1_095, dailyDays: 36_500 },
  zone: { name: 'UTC', offsetS: () => 0 },
}

/** A chunk in which the thermostat heats, or does not. */
function chunk(fromMs: number, untilMs: number, heating: number) {
  const row = FIELD_NAMES.map((_, place) =>
    place === AT.heating ? heating : place === AT.online ? 1 : null,
  )
  return new OpenChunk({ wallMs: fromMs, steadyMs: fromMs }, row).until(untilMs)
}

t.test(
  'each moment counts once, whoever kept it: as the chunk has it that began last',
  async (t) => {
    const history = new SqliteHistory(':memory:')
    t.teardown(() => history.close())
    const at = (minute: number): number => START_MS + minute * MINUTE_MS
    await history.append(
      [
        chunk(at(0), at(60), 1),
        chunk(at(10), at(20), 0),
        chunk(at(12), at(14), 1),
        chunk(at(50), at(70), 0),
        chunk(at(80), at(90), 1),
      ].map((each) => ({ serial: SERIAL, ...each })),
    )
    const slots = [{ fromMs: at(0), toMs: at(100) }]
    const { totals } = await readHistory(history, SERIAL, slots, [])
    t.equal(totals[0]?.running.heating, (10 + 2 + 30 + 10) * MINUTE_MS)
    t.equal(totals[0]?.watchedMs, 80 * MINUTE_MS)
  },
)

/** Ages a history in which the thermostats have a chunk on each of these days ago. */
async function ageing(t: Test, daysAgo: Readonly<Record<string, readonly number[]>>) {
  const clock = new ManualClock()
  const told: string[] = []
  const dropped: number[][] = []
  const history = Object.assign(new SqliteHistory(':memory:'), {
    prepareMonths: async (ms: number) => {
      told.push(`prepared ${ms === START_MS}`)
    },
    dropMonths: async (...before: number[]) => {
      dropped.push(before.map((ms) => (clock.now().wallMs - ms) / DAY_MS))
    },
    deleteLeft: async () => {},
  })
  for (const [serial, days] of Object.entries(daysAgo)) {
    for (const day of days) {
      const fromMs = START_MS - day * DAY_MS
      await history.append([{ serial, ...chunk(fromMs, fromMs + HOUR_MS, 1) }])
    }
  }
  const log = new RecordingLogger()
  const health = { complain: (event: string) => told.push(event) }
  const made = new SharedAgeing({ clock, log, health } as unknown as Core, history, RULES)
  made.start()
  t.teardown(async () => {
    await made.stop()
    history.close()
  })
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await settled()
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await settled()
  }
  const summed = async (serial: string): Promise<number> =>
    (await history.summaries(serial, { fromMs: 0, toMs: START_MS }, 99)).length
  return { history, log, told, dropped, pass, summed }
}

t.test('months are dropped only after all that is old in them is summed up', async (t) => {
  const { told, dropped, pass, summed } = await ageing(t, {
    [SERIAL]: [70, 68, 66, 64, 62, 10],
    [OTHER]: [70],
  })
  t.strictSame(told, ['prepared true'])
  t.strictSame([await summed(SERIAL), await summed(OTHER)], [2, 1], 'two days at once')
  await pass(30 * MINUTE_MS)
  t.equal(await summed(SERIAL), 4)
  t.strictSame(dropped, [])
  await pass(30 * MINUTE_MS)
  t.equal(await summed(SERIAL), 5, 'what is not old stays')
  t.strictSame(dropped, [[62, 36_500]])
  await pass(60 * MINUTE_MS)
  t.equal(dropped.length, 1)
  await pass(5 * HOUR_MS)
  t.equal(dropped.length, 2)
})

t.test('a thermostat whose history is damaged does not keep that of the others', async (t) => {
  const { history, log, dropped, pass } = await ageing(t, { [SERIAL]: [70, 68, 66], [OTHER]: [70] })
  const fromMs = START_MS - 65 * DAY_MS
  await history.append([
    { serial: OTHER, fromMs, untilMs: fromMs + HOUR_MS, readings: Uint8Array.of(1) },
  ])
  await pass(30 * MINUTE_MS)
  t.equal(dropped.length, 1)
  t.match(log.of('the history of a thermostat is damaged'), [{ fields: { serial: OTHER } }])
})

t.test('it ends when another process has the job, and goes on after a failure', async (t) => {
  const { history, told, dropped, pass } = await ageing(t, {})
  t.equal(dropped.length, 1)
  history.dropMonths = () => Promise.reject(new Error('away'))
  await pass(6 * HOUR_MS)
  t.match(told.at(-1), /could not be aged/)
  history.dropMonths = () => Promise.reject(new NleError('in_use', 'another one'))
  await pass(30 * MINUTE_MS)
  const before = told.length
  await pass(24 * HOUR_MS)
  t.equal(told.length, before)
})
