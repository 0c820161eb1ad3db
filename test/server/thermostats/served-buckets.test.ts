import t from 'tap'
import type { ListedObject } from '../../../src/protocol/transport/subscribe-request.ts'
import { Random } from '../../simulation/random.ts'
import { SimClock } from '../../simulation/sim-clock.ts'
import { SimServer } from '../../simulation/sim-server.ts'

const SERIAL = '02AA01AC0000000001'
const SCHEDULE = `schedule.${SERIAL}`
const WEEK = { ver: 2, name: 'Mine', schedule_mode: 'HEAT', days: {} }

/** A server that has a thermostat's schedule, and what it writes when the device lists a timestamp. */
async function homeWithSchedule() {
  const clock = new SimClock(1_790_000_000_000)
  const server = new SimServer(clock, new Random(1))
  const transport = server.services?.transport
  if (transport === undefined) throw new Error('the server is down')
  const put = { objectKey: SCHEDULE, value: WEEK, baseRevision: undefined, ifRevision: undefined }
  await transport.put({ serial: SERIAL, network: '' }, { objects: [put], refused: [] })
  const answers = (serial: string, objects: readonly ListedObject[]): string[] => {
    const written: string[] = []
    const subscription = transport.subscribe(
      { serial, network: '' },
      { chunked: true, objects },
      {
        writeHead: () => {},
        write: (text, done) => {
          written.push(text)
          done()
        },
        end: () => {},
        endPlain: () => {},
      },
      () => {},
    )
    subscription.clientGone()
    return written
  }
  const subscribe = (timestamp: number): string[] =>
    answers(SERIAL, [{ objectKey: SCHEDULE, revision: timestamp > 0 ? 1 : 0, timestamp }])
  /** Which of these buckets, of which the device has nothing, it is asked to upload. */
  const asked = (serial: string, keys: readonly string[]): string[] =>
    answers(
      serial,
      keys.map((objectKey) => ({ objectKey, revision: 0, timestamp: 0 })),
    ).flatMap((text) =>
      JSON.parse(text).objects.map((each: { object_key: string }) => each.object_key),
    )
  return { clock, server, subscribe, asked }
}

t.test('D6: a schedule is given back once while the device waits for quiet', async (t) => {
  const { clock, server, subscribe } = await homeWithSchedule()
  t.teardown(() => server.store.close())
  t.match(subscribe(0)[0], /"name":"Mine"/)
  for (let i = 0; i < 10; i++) {
    await clock.run(4_000)
    t.strictSame(subscribe(0), [], 'not again: each push starts the quiet anew')
  }
  await clock.run(6_000)
  t.match(subscribe(0)[0], /"name":"Mine"/, 'after 45 s it may have been lost')
})

t.test('a thermostat that loses its memory again gets everything back again', async (t) => {
  const { clock, server, subscribe } = await homeWithSchedule()
  t.teardown(() => server.store.close())
  const stored = server.store.buckets.get(SERIAL, SCHEDULE)?.timestamp ?? 0
  for (let i = 0; i < 8; i++) {
    t.equal(subscribe(0).length, 1, `memory loss ${i + 1}`)
    await clock.run(10_000)
    t.strictSame(subscribe(stored), [], 'it has it')
    await clock.run(40_000)
  }
})

t.test('what was asked for is remembered of so many buckets and no more', async (t) => {
  const { clock, server, asked } = await homeWithSchedule()
  t.teardown(() => server.store.close())
  const where = 'where.a'
  t.match(asked(SERIAL, [where]), [where])
  await clock.run(1_000)
  t.strictSame(asked(SERIAL, [where]), [], 'once a minute')
  for (let i = 0; i < 128; i++) {
    const made = Array.from({ length: 128 }, (_, n) => `where.${i}-${n}`)
    t.equal(asked('02AA01AC000000000F', made).length, 128)
  }
  t.strictSame(asked(SERIAL, [where]), [where], 'a stranger who makes up buckets fills no memory')
})
