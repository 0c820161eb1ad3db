import t from 'tap'
import { Bench, object, SERIAL, START_MS } from '../firmware-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('section 10: after a boot the full state is put once', async (t) => {
  const bench = new Bench().boot()
  bench.advance(10_000)
  t.equal(bench.requests('put').length, 0, 'not before the subscribe is answered')
  bench.hold()
  bench.advance(499)
  t.equal(bench.requests('put').length, 0)
  bench.advance(1)
  t.ok(Object.keys(bench.putValue('device') ?? {}).length >= 200)
  t.match(bench.putValue('shared'), { target_temperature: 20, can_heat: true })
  t.match(bench.putValue('schedule'), { ver: 2, schedule_mode: 'HEAT' })
  bench.receipts()
  t.equal(bench.requests('put').length, 1)
  t.equal(bench.firmware.unsettled, false)
})

t.test('U1: both forms carry key and base revision', async (t) => {
  const keyed = new Bench().settled()
  keyed.do({ type: 'scheduleTransition', celsius: 18 })
  t.match(keyed.body('put'), {
    session: String,
    [SHARED]: { object_key: SHARED, base_object_revision: 1, target_temperature: 18 },
  })
  const listed = new Bench({ putForm: 'objects', conditionalPuts: true }).settled()
  listed.do({ type: 'scheduleTransition', celsius: 18 })
  t.match(listed.body('put'), {
    objects: [{ object_key: SHARED, if_object_revision: 1, value: { target_temperature: 18 } }],
  })
})

t.test('the put of a dial turn waits for the defer window', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'dialTurned', celsius: 20.2 })
  bench.advance(2000)
  bench.do({ type: 'dialTurned', celsius: 20.4 })
  t.equal(bench.requests('put').length, 1)
  bench.advance(13_000)
  t.equal(bench.requests('put').length, 2)
  t.match(bench.putValue('shared'), { target_temperature: 20.4 })
})

t.test('S2: X-nl-disable-defer-window sends a dial turn at once', async (t) => {
  const bench = new Bench().settled({ 'x-nl-disable-defer-window': '1' })
  bench.do({ type: 'dialTurned', celsius: 20.2 })
  t.match(bench.putValue('shared'), { target_temperature: 20.2 })
})

t.test('S2: a waiting dial turn leaves when the next subscribe disables the window', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'dialTurned', celsius: 20.2 })
  bench.advance(1000)
  bench.end()
  t.equal(bench.requests('put').length, 1)
  bench.advance(1000)
  bench.hold({ 'x-nl-disable-defer-window': '1' })
  t.match(bench.putValue('shared'), { target_temperature: 20.2 })
})

t.test('a timer that fires early, late or twice does no harm', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'dialTurned', celsius: 20.2 })
  const effects = bench.do({ type: 'timerFired', timer: 'put' })
  t.match(effects, [{ type: 'armTimer', timer: 'put', atMs: bench.nowMs + 15_000 }])
  bench.advance(15_000)
  t.equal(bench.requests('put').length, 2)
  t.same(bench.do({ type: 'timerFired', timer: 'put' }), [])
  t.same(bench.do({ type: 'timerFired', timer: 'nonsense:1' }), [])
})

t.test('sensors before the first upload leave timestamp 0, a dial turn does not', async (t) => {
  const bench = new Bench().boot()
  bench.do({ type: 'sensed', currentTemperature: 10 })
  t.equal(bench.bucket('shared').timestamp, 0)
  t.match(bench.bucket('shared').value, { current_temperature: 10, hvac_heater_state: true })
  bench.do({ type: 'dialTurned', celsius: 21 })
  t.equal(bench.bucket('shared').timestamp, START_MS)
})

t.test('hvac states and schedule transitions are put separately', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'scheduleTransition', celsius: 23 })
  t.same(Object.keys(bench.putValue('shared') ?? {}), ['target_temperature', 'touched_by'])
  bench.receipts()
  t.same(bench.putValue('shared'), { hvac_heater_state: true })
})

t.test('local changes move the timestamp forward, also when the clock is behind', async (t) => {
  const bench = new Bench().settled()
  const ahead = bench.nowMs + 60_000
  bench.push(object(SHARED, 2, ahead, { name: 'Attic' }))
  bench.do({ type: 'dialTurned', celsius: 21 })
  t.equal(bench.bucket('shared').timestamp > ahead, true)
})

t.test('U5: receipts are adopted, but not over a newer change of its own', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  bench.advance(10)
  bench.do({ type: 'scheduleTransition', celsius: 19 })
  const { timestamp } = bench.bucket('shared')
  bench.receipts(timestamp - 5)
  t.equal(bench.bucket('shared').timestamp, timestamp)
  t.match(bench.putValue('shared'), { target_temperature: 19 }, 'and the newer one is put')
  bench.receipts(timestamp + 7)
  t.match(bench.bucket('shared'), { timestamp: timestamp + 7, revision: 3 })
})

t.test('U5: a value in a receipt overwrites local state and is seen', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  const receipt = object(SHARED, 2, bench.nowMs + 1, { target_temperature: 30 })
  bench.answer('put', { objects: [receipt] })
  t.same(bench.violations, ['U5'])
  t.equal(bench.bucket('shared').value.target_temperature, 30)
})

const head = (key: string) => ({
  object_revision: 2,
  object_timestamp: START_MS * 2,
  object_key: key,
})
const RECEIPT_FAULTS: [string, unknown, string[]][] = [
  ['U5: a bucket it did not put', { objects: [head(SHARED), head('user.ha')] }, ['U5']],
  ['U5: no receipt', { objects: [] }, ['U5']],
  ['U5: no objects', {}, ['U5']],
  ['U5: not JSON', 'ok', ['U5']],
  ['U5: not an object', { objects: [null, head(SHARED)] }, ['U5']],
  ['U5: times as text', { objects: [{ ...head(SHARED), object_timestamp: '5' }] }, ['U5']],
  [
    'S6: another order',
    { objects: [{ object_key: SHARED, object_revision: 2, object_timestamp: START_MS * 2 }] },
    ['S6'],
  ],
  [
    'S10: a timestamp that went back',
    { objects: [{ ...head(SHARED), object_timestamp: 1 }] },
    ['S10'],
  ],
]
for (const [name, body, expected] of RECEIPT_FAULTS) {
  t.test(`${name} in the answer to a put is seen`, async (t) => {
    const bench = new Bench().settled()
    bench.do({ type: 'scheduleTransition', celsius: 18 })
    bench.answer('put', body)
    t.same(bench.violations, expected)
  })
}

t.test('U4: a conditional put that was not written is put again on the new revision', async (t) => {
  const bench = new Bench({ conditionalPuts: true }).settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  const { timestamp } = bench.bucket('shared')
  const stored = { object_revision: 7, object_timestamp: timestamp + 9, object_key: SHARED }
  bench.answer('put', { objects: [stored] })
  t.equal(bench.bucket('shared').timestamp, timestamp, 'what it has not seen must still be pushed')
  bench.advance(1000)
  t.match(bench.body('put'), { [SHARED]: { if_object_revision: 7, target_temperature: 18 } })
})

t.test('HTTP 400 is tried twice more, then the put is given up', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  for (let tries = 1; tries <= 3; tries += 1) {
    t.equal(bench.requests('put').length, 1 + tries)
    bench.answer('put', { error: 'no' }, 400)
    bench.advance(1000)
  }
  t.equal(bench.requests('put').length, 4)
  t.same(bench.notes('putDropped'), [{ kind: 'putDropped', keys: [SHARED] }])
})

t.test('5xx and network errors are retried with growing, bounded pauses', async (t) => {
  const bench = new Bench({ maxPauseMs: 8000 }).settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  const pauses: number[] = []
  for (let i = 0; i < 6; i += 1) {
    if (i % 2 === 0) bench.answer('put', 'oops', 503)
    else bench.fail('put')
    pauses.push(bench.notes('failed').at(-1)?.retryInMs ?? 0)
    bench.advance(8000)
  }
  t.same(pauses, [1000, 2000, 4000, 8000, 8000, 8000])
  bench.receipts(bench.nowMs)
  t.equal(bench.firmware.unsettled, false, 'nothing was lost')
})

t.test('a put without any answer is given up and sent again', async (t) => {
  const bench = new Bench().settled()
  bench.do({ type: 'scheduleTransition', celsius: 18 })
  const { id } = bench.last('put')
  bench.advance(31_000)
  t.ok(bench.effects.some((e) => e.type === 'abortRequest' && e.requestId === id))
  t.not(bench.last('put').id, id)
  t.match(bench.putValue('shared'), { target_temperature: 18 })
})

t.test(
  'a push that overtakes a put on its way is put again, so that both sides agree',
  async (t) => {
    const bench = new Bench().settled()
    bench.do({ type: 'scheduleTransition', celsius: 18 })
    bench.push(object(SHARED, 2, bench.nowMs + 5, { target_temperature: 25 }))
    bench.receipts(bench.nowMs + 6)
    t.match(bench.putValue('shared'), { target_temperature: 25 })
  },
)
