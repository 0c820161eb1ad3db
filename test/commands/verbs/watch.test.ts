import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { EventParser } from '../../../src/commands/client/event-stream.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { codeOn, QUIET_SERIAL } from '../homes.ts'
import { nle } from '../shell.ts'

/** Watches until all of `texts` have been printed, in this order. */
async function watchUntil(
  home: Home,
  args: readonly string[],
  texts: readonly string[],
  started: () => unknown,
) {
  const stop = new AbortController()
  const missing = [...texts]
  let begun = false
  let printed = ''
  const look = (): void => {
    for (let next = missing[0]; next !== undefined; next = missing[0]) {
      const found = printed.indexOf(next)
      if (found < 0) return
      printed = printed.slice(found + next.length)
      missing.shift()
    }
    stop.abort()
  }
  return nle(['watch', ...args, '--server', home.server.controlUrl], {
    stop: stop.signal,
    nowMs: () => home.clock.now().wallMs,
    onError: (text) => {
      if (begun || !text.includes('Watching')) return
      begun = true
      started()
    },
    onOutput: (text) => {
      printed += text
      look()
    },
  })
}

t.test('prints events in words as they happen', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const { exitCode, stdout } = await watchUntil(
    home,
    [],
    ['Kitchen  target 22 °C', 'Kitchen  temperature 22 °C: confirmed'],
    async () => {
      await nle(['set', SERIAL, 'temperature', '22', '--server', home.server.controlUrl], {
        onSleep: (ms) => home.clock.advance(ms),
      })
    },
  )
  t.equal(exitCode, 0, 'Ctrl-C is the way to end it')
  t.match(stdout, /^\d\d:\d\d:\d\d {2}Kitchen {2}/)
  t.equal(stdout.match(/: sent/g)?.length ?? 0, 1, 'a state is told once')
  t.equal(thermostat.value('shared').target_temperature, 22)
})

t.test('says what a queued change waits for', async (t) => {
  const home = await startHome(t)
  await codeOn(home)
  const waits = 'away on: queued (waits for the thermostat to call'
  const { stdout } = await watchUntil(home, [], [waits], async () => {
    const server = ['--server', home.server.controlUrl, '--no-wait']
    await nle(['set', QUIET_SERIAL, 'away', 'on', '--force', ...server])
  })
  t.match(stdout, waits)
})

t.test('watches one thermostat, as JSON', async (t) => {
  const home = await startHome(t)
  await codeOn(home)
  await home.paired({ name: 'Kitchen' })
  const { stdout } = await watchUntil(
    home,
    [QUIET_SERIAL, '--json'],
    ['"event":"status"'],
    async () => {
      const server = ['--server', home.server.controlUrl, '--no-wait']
      await nle(['set', 'Kitchen', 'away', 'on', ...server])
      await nle(['set', QUIET_SERIAL, 'away', 'on', '--force', ...server])
    },
  )
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const line of lines) t.equal(line.serial, QUIET_SERIAL)
  t.match(lines[0], { event: 'change', command: 'set_away', state: 'queued' })
})

t.test('parses events in pieces of any length', async (t) => {
  const text =
    'retry: 1\nid: a-1\n\n: still here\n\nid: a-2\nevent: change\ndata: {"a":\ndata: 1}\n\ndata: x\n\n'
  const expected = [
    { type: 'change', data: '{"a":\n1}' },
    { type: 'message', data: 'x' },
  ]
  for (const length of [1, 3, 7, 1000]) {
    const parser = new EventParser()
    const events = []
    for (let from = 0; from < text.length; from += length) {
      events.push(...parser.push(text.slice(from, from + length)))
    }
    t.same(events, expected, `pieces of ${length}`)
    t.equal(parser.lastId, 'a-2')
  }
})

const DEVICE = { serial: '02AA01AC31140KD6', name: 'Kitchen', mode: 'heat', is_available: true }

t.test('resumes a stream that ended, from the last event', async (t) => {
  const stop = new AbortController()
  const askedFrom: (string | undefined)[] = []
  let target = 20
  const status = () => ({ ...DEVICE, target_temperature: target })
  const server = createServer((request, response) => {
    if (request.url === '/health') response.end('{"status":"ok","server":"nle"}')
    else if (request.url === '/api/devices?all=1')
      response.end(JSON.stringify({ devices: [status()] }))
    else {
      askedFrom.push(request.headers['last-event-id']?.toString())
      // The second connection reaches another process, which does not know the id.
      if (askedFrom.length === 1) response.end('id: a-7\n\n')
      else response.write('id: b-1\nevent: resync\ndata: {}\n\n')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { exitCode, stdout, stderr } = await nle(['watch', '--server', url], {
    stop: stop.signal,
    onSleep: () => {
      target = 23
    },
    onOutput: () => stop.abort(),
  })
  t.equal(exitCode, 0)
  t.same(askedFrom, [undefined, 'a-7'])
  t.match(
    stderr,
    /^Watching .*\nThe server does not answer; waiting for it\.\nThe server is back\.\n$/,
  )
  t.match(stdout, /Kitchen {2}target 23 °C\n$/, 'what was missed is told as it is now')
})
