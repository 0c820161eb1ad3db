import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { LOCAL_CALLER } from '../../../../src/protocol/lan/addresses.ts'
import { addressRange } from '../../../../src/protocol/lan/forwarding.ts'
import { EventStreams, MAX_READERS } from '../../../../src/server/control/events/event-streams.ts'
import { type LogFields, type Logger, silentLogger } from '../../../../src/server/core/logger.ts'
import { nextTurn } from '../../../../src/server/core/turns.ts'
import { StatusTexts } from '../../../../src/server/thermostats/status-texts.ts'
import { EventReader } from '../../../helpers/event-reader.ts'
import { type Home, SERIAL, startHome } from '../../../helpers/home.ts'

const WARMER = { serial: SERIAL, command: 'set_temperature', value: 21.5 }

/** A home, and a way to read its events. */
async function watched(t: Test, log: Logger = silentLogger) {
  const home = await startHome(t, { log, config: { trustedProxies: [addressRange('127.0.0.1')] } })
  const watch = async (query = '', lastId?: string, from?: string): Promise<EventReader> => {
    const headers = {
      ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }),
      ...(from === undefined ? {} : { 'X-Forwarded-For': from }),
    }
    const reader = await EventReader.open(`${home.server.controlUrl}/api/events${query}`, headers)
    t.teardown(() => reader.close())
    // The reader misses nothing after its first block.
    await reader.waitFor('the first block', ({ blocks }) => blocks.length > 0)
    return reader
  }
  return { ...home, watch }
}

/** Makes one change that every reader hears of. */
async function change(home: Home, value = 20): Promise<void> {
  await home.ask('POST', '/command', { ...WARMER, value })
}

t.test('a message carries the serial of the thermostat that changed, and no more', async (t) => {
  const home = await watched(t)
  await home.paired()
  const reader = await home.watch()
  t.equal(reader.response.statusCode, 200)
  t.match(reader.response.headers, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
  await change(home)
  const message = await reader.waitFor('a message', (one) => one.events(undefined)[0])
  t.equal(message.data, JSON.stringify({ serial: SERIAL }))
  t.match(message.id, /^\w+-\d+$/)
  t.same(
    reader.blocks.filter(({ event }) => event !== undefined),
    [],
    'no named events unless asked for',
  )
})

t.test('?detail=1 adds the new status and the state of the command', async (t) => {
  const home = await watched(t)
  const thermostat = await home.paired()
  const reader = await home.watch('?detail=1')
  await change(home, 21.5)
  const settled = await reader.waitFor('delivery', (one) =>
    one.events('change').find(({ data }) => /"state":"(sent|confirmed)"/.test(data ?? '')),
  )
  t.match(JSON.parse(settled.data ?? ''), {
    id: 1,
    serial: SERIAL,
    command: 'set_temperature',
    parts: [{ object_key: `shared.${SERIAL}` }],
  })
  const status = reader.events('status').at(-1)
  t.match(JSON.parse(status?.data ?? ''), { serial: SERIAL, target_temperature: 21.5 })
  t.ok(reader.events(undefined).length > 0, 'the plain messages come as well')
  await thermostat.waitFor('the setpoint', (one) => one.value('shared').target_temperature === 21.5)
  home.clock.advance(1000)
  await reader.waitFor('its end', (one) =>
    one.events('change').find(({ data }) => data?.includes('"state":"confirmed"')),
  )
  const ids = reader.blocks.filter(({ data }) => data !== undefined).map(({ id }) => id)
  t.notOk(ids.includes(undefined), 'every event has an id')
  t.equal(new Set(ids).size, ids.length, 'and each its own')
})

t.test('deleting a thermostat sends "removed" and the end of its commands', async (t) => {
  const home = await watched(t)
  await home.unplug(await home.paired())
  await change(home)
  const reader = await home.watch('?detail=1')
  await home.ask('DELETE', '/api/device', { serial: SERIAL })
  const removed = await reader.waitFor('the removal', (one) => one.events('removed')[0])
  t.equal(removed.data, JSON.stringify({ serial: SERIAL }))
  t.match(JSON.parse(reader.events('change')[0]?.data ?? ''), {
    state: 'superseded',
    reason: 'the thermostat was deleted',
  })
  t.same(reader.events('status'), [])
  t.match(reader.events(undefined), [{ data: JSON.stringify({ serial: SERIAL }) }])
})

t.test('a burst of changes is one event', async (t) => {
  const home = await watched(t)
  await home.unplug(await home.paired())
  const reader = await home.watch()
  const { events } = home.server.core
  for (let i = 0; i < 5; i++) events.emit('deviceChanged', SERIAL)
  await home.ask('POST', '/command', { serial: SERIAL, command: 'set_away', value: false })
  await reader.waitFor('the command', (one) => one.events(undefined).length >= 2)
  t.equal(reader.events(undefined).length, 2, 'the five, and the two parts of the command')
})

t.test('a disconnected reader resumes by its last id', async (t) => {
  const home = await watched(t)
  await home.unplug(await home.paired())
  const first = await home.watch('?detail=1')
  await change(home, 20)
  await first.waitFor('the status', (one) => one.events('status')[0])
  const seen = first.lastId
  first.close()
  await change(home, 21)
  await change(home, 22)
  const again = await home.watch('?detail=1', seen)
  await again.waitFor('what it missed', (one) => one.events('status')[0])
  t.equal(again.events('resync').length, 0)
  t.equal(again.events(undefined).length, 1, 'of each thing the latest')
  t.match(JSON.parse(again.events('status')[0]?.data ?? ''), { target_temperature: 22 })
  t.same(
    again.events('change').map(({ data }) => {
      const { id, state } = JSON.parse(data ?? '') as { id: number; state: string }
      return `${id} ${state}`
    }),
    ['1 superseded', '2 superseded', '3 queued'],
  )
  await change(home, 23)
  await again.waitFor('what is new', (one) => one.events(undefined).length === 2)
})

t.test('a reader that got no event yet can resume as well', async (t) => {
  const home = await watched(t)
  await home.unplug(await home.paired())
  const quiet = await home.watch()
  t.not(quiet.lastId, '', 'the first block names a place')
  quiet.close()
  await change(home)
  const again = await home.watch('', quiet.lastId)
  await again.waitFor('what it missed', (one) => one.events(undefined)[0])
})

t.test('an unknown last id is answered with resync', async (t) => {
  const home = await watched(t)
  for (const lastId of ['0-1', 'nonsense', '7']) {
    const reader = await home.watch('', lastId)
    const resync = await reader.waitFor('resync', (one) => one.events('resync')[0])
    t.match(JSON.parse(resync.data ?? ''), { reason: /read everything again/ })
    const again = await home.watch('', resync.id)
    t.same(again.events('resync'), [], 'and gives a place that is')
  }
})

t.test('a quiet stream carries a comment every 15 s', async (t) => {
  const home = await watched(t)
  const reader = await home.watch()
  const comments = (one: EventReader) =>
    one.blocks.filter(({ comment }) => comment !== undefined).length
  home.clock.advance(14_999)
  home.server.core.events.emit('deviceChanged', SERIAL)
  await reader.waitFor('a message', (one) => one.events(undefined)[0])
  t.equal(comments(reader), 0, 'none came before the message')
  home.clock.advance(1)
  await reader.waitFor('a comment', (one) => comments(one) === 1)
  home.clock.advance(15_000)
  await reader.waitFor('another', (one) => comments(one) === 2)
})

t.test('a slow reader is dropped; the others read on', async (t) => {
  let letGo = false
  const warn = (event: string): void => {
    letGo ||= event === 'a reader of events was too slow and was let go'
  }
  const home = await watched(t, { ...silentLogger, warn })
  await home.unplug(await home.paired())
  const slow = await home.watch('?detail=1')
  slow.response.pause()
  const quick = await home.watch()
  const heard = () => quick.events(undefined).length
  // Each event is a status of some 2 kB; how many the socket buffers take is unknown.
  while (!letGo && heard() < 20_000) {
    const wanted = heard() + 50
    for (let i = 0; i < 50; i++) {
      home.server.core.events.emit('deviceChanged', SERIAL)
      // Two in one turn of the event loop would be one event.
      await nextTurn()
    }
    await quick.waitFor('the messages', () => heard() >= wanted)
  }
  t.ok(letGo)
  slow.response.resume()
  await slow.waitFor('the end', ({ ended }) => ended)
  t.notOk(slow.response.complete, 'it was cut, not ended')
  t.notOk(quick.ended)
})

t.test('one address has at most half of the places', async (t) => {
  const home = await watched(t)
  const share = MAX_READERS / 2
  const readers = await Promise.all(Array.from({ length: share }, () => home.watch()))
  const refused = await home.ask('GET', '/api/events')
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '30')
  t.match(refused.body, {
    success: false,
    message: /Too many event streams are open: 128 from this/,
  })
  readers[0]?.close()
  for (;;) {
    const again = await EventReader.open(`${home.server.controlUrl}/api/events`)
    again.close()
    if (again.response.statusCode === 200) break
  }
  t.pass('one that left makes room')
})

t.test('when every place is taken, the oldest of the address with most makes room', async (t) => {
  const warnings: LogFields[] = []
  const warn = (_: string, fields: LogFields = {}): void => void warnings.push(fields)
  const home = await watched(t, { ...silentLogger, warn })
  const from = (address: string): Promise<EventReader> => home.watch('', undefined, address)
  const readers: { address: string; reader: EventReader }[] = []
  for (let size = MAX_READERS / 2, n = 1; readers.length < MAX_READERS; n++) {
    const address = `192.168.1.${n}`
    for (let i = 0; i < size; i++) readers.push({ address, reader: await from(address) })
    size = Math.max(1, size / 2)
  }
  t.same(warnings, [], 'each took its share')
  const owner = await from('192.168.1.100')
  const [first] = readers
  await first?.reader.waitFor('its end', ({ ended }) => ended)
  t.equal(readers.filter(({ reader }) => reader.ended).length, 1)
  t.strictSame(warnings, [{ address: '192.168.1.1' }])
  await home.unplug(await home.paired())
  await change(home)
  await owner.waitFor('a message', (one) => one.events(undefined)[0])
})

t.test('a program on the local socket gets a place while others have any', async (t) => {
  const { server } = await startHome(t)
  const streams = new EventStreams(server.core, new StatusTexts(server.core))
  t.teardown(() => streams.stop())
  const open = (key: string): ServerResponse => {
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    streams.open(response, { key, detail: false, lastId: undefined })
    return response
  }
  const others = Array.from({ length: MAX_READERS }, (_, n) => open(`192.168.1.${n}`))
  t.throws(
    () => open('192.168.1.100'),
    { code: 'rate_limited' },
    'all have one, so nobody has more',
  )
  t.notOk(open(LOCAL_CALLER).destroyed)
  t.equal(others.filter(({ destroyed }) => destroyed).length, 1)
  for (let n = 1; n < MAX_READERS; n++) open(LOCAL_CALLER)
  t.throws(() => open(LOCAL_CALLER), { code: 'rate_limited' }, 'within the bound of all')
})

t.test(
  'what changes in one turn is written once to each reader, the same bytes to all',
  async (t) => {
    const home = await watched(t)
    await home.unplug(await home.paired())
    const { core } = home.server
    const streams = new EventStreams(core, new StatusTexts(core))
    t.teardown(() => streams.stop())
    const open = async (detail: boolean): Promise<unknown[]> => {
      const written: unknown[] = []
      const response = new ServerResponse(new IncomingMessage(new Socket()))
      const greeted = new Promise<void>((resolve) => {
        response.write = (bytes: unknown): boolean => {
          resolve()
          return written.push(bytes) > 0
        }
      })
      streams.open(response, { key: '192.168.1.9', detail, lastId: undefined })
      await greeted
      written.length = 0
      return written
    }
    const [one, other, plain] = [await open(true), await open(true), await open(false)]
    core.events.emit('deviceChanged', SERIAL)
    await Promise.resolve()
    core.events.emit('deviceChanged', '02AA01AC99999999')
    const reader = await home.watch()
    await change(home)
    await reader.waitFor('a later event', (one) => one.events(undefined)[0])
    t.match(String(one[0]), /event: status\n[\s\S]*event: removed\n/)
    t.equal(one[0], other[0])
    t.notMatch(String(plain[0]), 'event: status')
  },
)

t.test('streams end cleanly when the server stops (S9)', async (t) => {
  const home = await watched(t)
  const thermostat = await home.paired()
  const readers = [await home.watch(), await home.watch('?detail=1')]
  thermostat.stop()
  // The clock stands still and no grace period ends, so a stream that stays open hangs this test.
  await home.stop()
  for (const reader of readers) {
    await reader.waitFor('the end', ({ ended }) => ended)
    t.ok(reader.response.complete)
  }
})

t.test('a HEAD request gets the headers', async (t) => {
  const home = await watched(t)
  const { status, headers } = await home.ask('HEAD', '/api/events')
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'text/event-stream')
})
