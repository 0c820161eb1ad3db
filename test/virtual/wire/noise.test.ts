import fc from 'fast-check'
import t from 'tap'
import type { RequestKind } from '../../../src/virtual/index.ts'
import { Bench, object, SERIAL } from '../firmware-harness.ts'

const KEYS = [`device.${SERIAL}`, `shared.${SERIAL}`, `schedule.${SERIAL}`, 'user.a', 'structure.b']
const FIELDS = [
  'eco',
  'days',
  'name',
  'manual_eco_all',
  'manual_eco_timestamp',
  'target_temperature',
  'target_temperature_type',
  'target_change_pending',
  'away_temperature_low',
  'current_temperature',
  '__proto__',
]
const value = fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue({ maxDepth: 3 }))
const pushed = fc
  .tuple(fc.constantFrom(...KEYS), fc.nat(9), fc.nat(9), value)
  .map(([key, revision, offset, fields]) => ({ key, revision, offset, fields }))

t.test('nothing a server pushes makes it throw or stop', async () => {
  fc.assert(
    fc.property(fc.array(pushed, { maxLength: 12 }), fc.array(fc.string()), (objects, chunks) => {
      const bench = new Bench().settled()
      for (const { key, revision, offset, fields } of objects) {
        bench.push(object(key, revision, bench.nowMs + offset, fields))
        bench.do({ type: 'sensed', currentTemperature: 19 })
        bench.advance(3000)
      }
      for (const chunk of chunks) bench.chunk(chunk)
      bench.do({ type: 'dialTurned', celsius: 21 })
      bench.advance(120_000)
      return bench.firmware.subscriptionIds.length === 1
    }),
    { numRuns: 200 },
  )
})

t.test('nothing a server answers makes it throw or stop', async () => {
  const kinds: RequestKind[] = ['entry', 'passphrase', 'put', 'subscribe']
  const answer = fc.record({
    kind: fc.constantFrom(...kinds),
    status: fc.constantFrom(200, 204, 302, 400, 401, 404, 500, 503),
    body: fc.oneof(fc.json(), fc.string()),
    headers: fc.dictionary(fc.string(), fc.string()),
  })
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 20 }), (answers) => {
      const bench = new Bench().boot()
      for (const { kind, status, body, headers } of answers) {
        if (bench.requests(kind).length > 0) bench.answer(kind, body, status, headers)
        bench.advance(5000)
      }
      bench.advance(600_000)
      const before = bench.requests().length
      bench.advance(600_000)
      return bench.requests().length > before
    }),
    { numRuns: 200 },
  )
})
