import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { type RunningServer, startServer } from '../../../src/server/server.ts'
import { NO_FILE } from '../../../src/store/path.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL } from '../../helpers/home.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'

/** The tests are short: a thermostat that holds no connection is offline after five minutes. */
const MINUTE_MS = 60_000

t.test('the history of several servers on one PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)

  t.test('a thermostat that moves between servers has one history, read on any', async (t) => {
    const { clock, start, put, heating, pair } = await cluster(t, await postgres.database())
    const [first, second] = [await start(), await start()]
    await pair(first)
    await put(first, { hvac_heater_state: true })
    clock.advance(MINUTE_MS)
    await put(second, { hvac_heater_state: true, current_temperature: 21 })
    clock.advance(MINUTE_MS)
    await put(second, { hvac_heater_state: false })
    clock.advance(MINUTE_MS)
    t.equal(await heating(second), 120, 'neither lost nor doubled')
    await put(first, { hvac_heater_state: true })
    clock.advance(MINUTE_MS / 2)
    t.equal(await heating(first), 150)
    const third = await start()
    t.equal(await heating(third), 150, 'on a server that it never called, too')
    clock.advance(MINUTE_MS)
    t.equal(await heating(third), 210, 'what goes on there counts until now')
    await Promise.all([first.stop(), second.stop()])
    t.equal(await heating(third), 210)
  })

  t.test(
    'the other servers know what a killed one has recorded, but the last seconds',
    async (t) => {
      const { clock, start, put, heating, pair } = await cluster(t, await postgres.database())
      const [first, second] = [await start(), await start()]
      await pair(first)
      await put(first, { hvac_heater_state: true })
      clock.advance(MINUTE_MS)
      await put(first, { hvac_heater_state: false })
      // It writes what has changed, and then nothing more: it is not stopped.
      clock.advance(6_000)
      await heating(first)
      t.equal(await heating(second), 60)
    },
  )

  t.test('with the thermostat its history goes, also what others have in memory', async (t) => {
    const { clock, start, put, heating, pair } = await cluster(t, await postgres.database())
    const [first, second] = [await start(), await start()]
    await pair(first)
    await put(first, { hvac_heater_state: true })
    await put(second, { hvac_heater_state: true, current_temperature: 21 })
    clock.advance(MINUTE_MS)
    t.equal(await heating(second), 60)
    await ask(second, 'DELETE', '/api/device', { serial: SERIAL })
    clock.advance(MINUTE_MS)
    await pair(second)
    await first.stop()
    t.equal(await heating(second), 0)
  })
})

/** Servers on one database and one clock, which only the test moves. */
async function cluster(t: Test, databaseUrl: string) {
  const clock = new ManualClock()
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const running = new Set<RunningServer>()
  const start = async (): Promise<RunningServer> => {
    const server = await startServer({
      config: { ...config, databaseUrl, serverPort: 0, controlPort: 0 },
      databasePath: NO_FILE,
      clock,
      hasOwnClock: true,
      log: silentLogger,
      localOffsetS: () => 0,
    })
    let stopped: Promise<void> | undefined
    const stop = (): Promise<void> => {
      running.delete(one)
      stopped ??= server.stop()
      return stopped
    }
    const one = { ...server, stop }
    running.add(one)
    t.teardown(stop)
    return one
  }
  /** Seconds of heating since the start; the answer has everything that the server was told before. */
  const heating = async (server: RunningServer): Promise<number> => {
    const { rows } = await ask(
      server,
      'GET',
      `/api/runtime?serial=${SERIAL}&from=${START_MS - MINUTE_MS}`,
    )
    return (rows as { heating: number }[]).reduce((sum, row) => sum + row.heating, 0)
  }
  let sent = 0
  /** Puts through one server; resolves once each of them has heard of it. */
  const put = async (server: RunningServer, shared: object): Promise<void> => {
    sent += 1
    const heard = [...running].map(
      ({ core }) =>
        new Promise<void>((resolve) => {
          const unlisten = core.events.on('deviceChanged', () => {
            unlisten()
            resolve()
          })
        }),
    )
    await new Device(t, { server }).put({
      objects: [
        { object_key: `shared.${SERIAL}`, value: shared },
        { object_key: `device.${SERIAL}`, value: { n: sent } },
      ],
    })
    await Promise.all(heard)
    await Promise.all([...running].map(heating))
  }
  const pair = async (server: RunningServer): Promise<void> => {
    const device = new Device(t, { server })
    const code = await device.code()
    await put(server, { target_temperature_type: 'heat', current_temperature: 20 })
    await ask(server, 'POST', '/api/register', { code, userId: 'anna' })
    await heating(server)
  }
  return { clock, start, put, heating, pair }
}

async function ask(
  { controlUrl }: RunningServer,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(controlUrl + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (response.status !== 200) throw new Error(JSON.stringify(answer))
  return answer
}
