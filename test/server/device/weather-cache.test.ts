import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { Weather, type WeatherCaller } from '../../../src/server/device/weather-cache.ts'
import { upstreamFetch } from '../../../src/server/device/weather-upstream.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { loopbackServer } from '../loopback-server.ts'

const TTL_MS = 600_000

/** An upstream that answers as `behave` says, and tells when a question has arrived. */
async function upstream(t: Test) {
  const asked: string[] = []
  const waiters: (() => void)[] = []
  const self = {
    asked,
    url: '',
    behave: (_request: IncomingMessage, response: ServerResponse): void => {
      response.end(JSON.stringify({ temp_c: asked.length }))
    },
    /** Resolves when this many questions have arrived in all. */
    async arrived(count: number): Promise<void> {
      while (asked.length < count) await new Promise<void>((resolve) => waiters.push(resolve))
    },
  }
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    self.behave(request, response)
    for (const wake of waiters.splice(0)) wake()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weather/v1`
  return self
}

function weatherOf(t: Test, url: string) {
  const clock = new ManualClock()
  const options = { upstream: url, ttlMs: TTL_MS, clock, log: silentLogger }
  const weather = new Weather({ ...options, fetch: upstreamFetch() })
  t.teardown(() => weather.stop())
  return { weather, clock }
}

const THERMOSTAT: WeatherCaller = { network: '192.168.1.20', isPaired: true }
const STRANGER: WeatherCaller = { network: '192.168.1.9', isPaired: false }

async function bodyOf(
  weather: Weather,
  key: string,
  asker = THERMOSTAT,
): Promise<string | undefined> {
  return (await weather.get(key, asker))?.body
}

t.test('an answer is fresh for its time, then asked for again', async (t) => {
  const up = await upstream(t)
  const { weather, clock } = weatherOf(t, up.url)
  t.equal(await bodyOf(weather, 'query=94304%2CUS'), '{"temp_c":1}')
  clock.advance(TTL_MS - 1)
  t.equal(await bodyOf(weather, 'query=94304%2CUS'), '{"temp_c":1}')
  clock.advance(1)
  t.equal(await bodyOf(weather, 'query=94304%2CUS'), '{"temp_c":2}')
  t.strictSame(up.asked[0], '/weather/v1?query=94304%2CUS')
})

t.test('each place has its own, and one request at a time', async (t) => {
  const up = await upstream(t)
  const { weather } = weatherOf(t, up.url)
  const answers = await Promise.all(
    ['a=1', 'a=1', 'a=1', 'b=2'].map((key) => weather.get(key, THERMOSTAT)),
  )
  t.equal(new Set(answers.slice(0, 3)).size, 1)
  t.equal(up.asked.length, 2)
})

t.test('a slow upstream: stale at once where there is any, and refreshed behind it', async (t) => {
  const up = await upstream(t)
  const { weather, clock } = weatherOf(t, up.url)
  await bodyOf(weather, 'a=1')
  clock.advance(TTL_MS)
  let answerLate = (): void => {}
  up.behave = (_request, response) => {
    answerLate = () => response.end('{"temp_c":20}')
  }
  const asked = bodyOf(weather, 'a=1')
  await up.arrived(2)
  clock.advance(2_000)
  t.equal(await asked, '{"temp_c":1}', 'stale rather than late')
  answerLate()
  while (clock.timers.pending > 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(await bodyOf(weather, 'a=1'), '{"temp_c":20}')
  t.equal(up.asked.length, 2)
})

t.test('one that never answers is given up, and there is nothing', async (t) => {
  const up = await upstream(t)
  up.behave = () => {}
  const { weather, clock } = weatherOf(t, up.url)
  const asked = bodyOf(weather, 'a=1')
  await up.arrived(1)
  clock.advance(10_000)
  t.equal(await asked, undefined)
})

t.test('a failing upstream: stale, and left alone for a while', async (t) => {
  const up = await upstream(t)
  const { weather, clock } = weatherOf(t, up.url)
  await bodyOf(weather, 'a=1')
  clock.advance(TTL_MS)
  const failures: [string, typeof up.behave][] = [
    ['a status', (_request, response) => response.writeHead(503).end('{}')],
    ['no JSON', (_request, response) => response.end('<html>')],
    ['too much', (_request, response) => response.end(`"${'x'.repeat(1024 * 1024)}"`)],
    ['a broken connection', (request) => request.socket.destroy()],
  ]
  for (const [name, behave] of failures) {
    up.behave = behave
    const before = up.asked.length
    t.equal(await bodyOf(weather, 'a=1'), '{"temp_c":1}', name)
    t.equal(await bodyOf(weather, 'a=1'), '{"temp_c":1}', name)
    t.equal(up.asked.length, before + 1, 'asked once')
    clock.advance(30_000)
  }
})

t.test('a stranger with ever new questions reaches the upstream six times a minute', async (t) => {
  const up = await upstream(t)
  const { weather, clock } = weatherOf(t, up.url)
  const flood = async (): Promise<number> => {
    const before = up.asked.length
    for (let i = 0; i < 100; i++) await weather.get(`q=${before}-${i}`, STRANGER)
    return up.asked.length - before
  }
  t.equal(await flood(), 20)
  t.equal(await flood(), 0)
  clock.advance(60_000)
  t.equal(await flood(), 6)
  t.ok(await bodyOf(weather, 'a=1'), 'the thermostat is answered')
})

t.test('many strangers leave a thermostat its questions and its place', async (t) => {
  const up = await upstream(t)
  const { weather } = weatherOf(t, up.url)
  t.equal(await bodyOf(weather, 'a=1'), '{"temp_c":1}')
  for (let i = 0; i < 200; i++) {
    await weather.get(`q=${i}`, { network: `10.0.0.${i}`, isPaired: false })
  }
  const before = up.asked.length
  t.equal(await bodyOf(weather, 'a=1'), '{"temp_c":1}', 'its place is remembered')
  t.equal(up.asked.length, before)
  for (let i = 0; i < 100; i++) {
    await weather.get(`r=${i}`, { network: `10.0.0.${i % 40}`, isPaired: false })
  }
  t.ok(await bodyOf(weather, 'b=2'), 'a new question of it is asked')
})

t.test('over HTTP: 502 while upstream is down from the start, then its answer', async (t) => {
  const up = await upstream(t)
  const healthy = up.behave
  up.behave = (request) => request.socket.destroy()
  const clock = new ManualClock()
  const { deviceUrl } = await loopbackServer(t, { clock, flags: { weatherUrl: up.url } })
  const down = await fetch(`${deviceUrl}/nest/weather/v1?query=94304,US`)
  t.equal(down.status, 502)
  t.strictSame(await down.json(), { error: 'Weather service unavailable' })
  up.behave = healthy
  clock.advance(30_000)
  for (const path of ['/nest/weather/v1', '/weather/v1', '/nest/weather/v1/forecast']) {
    const answer = await fetch(`${deviceUrl}${path}?query=94304,US`)
    t.equal(answer.status, 200, path)
    t.strictSame(await answer.json(), { temp_c: 2 }, path)
  }
})
