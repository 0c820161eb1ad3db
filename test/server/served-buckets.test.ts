import t from 'tap'
import { Random } from '../simulation/random.ts'
import { SimClock } from '../simulation/sim-clock.ts'
import { SimServer } from '../simulation/sim-server.ts'

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
  await transport.put(SERIAL, { objects: [put], refused: [] })
  const subscribe = (timestamp: number): string[] => {
    const written: string[] = []
    const objects = [{ objectKey: SCHEDULE, revision: timestamp > 0 ? 1 : 0, timestamp }]
    const subscription = transport.subscribe(
      SERIAL,
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
  return { clock, server, subscribe }
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
