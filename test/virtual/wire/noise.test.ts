import fc from 'fast-check'
import t from 'tap'
import type { RequestKind } from '../../../src/virtual/index.ts'
import { FirmwareHarness, object, SERIAL } from '../firmware-harness.ts'

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

t.test('neither throws nor stops whatever a server pushes', async () => {
  fc.assert(
    fc.property(fc.array(pushed, { maxLength: 12 }), fc.array(fc.string()), (objects, chunks) => {
      const harness = new FirmwareHarness().settled()
      for (const { key, revision, offset, fields } of objects) {
        harness.push(object(key, revision, harness.nowMs + offset, fields))
        harness.do({ type: 'sensed', currentTemperature: 19 })
        harness.advance(3000)
      }
      for (const chunk of chunks) harness.chunk(chunk)
      harness.do({ type: 'dialTurned', celsius: 21 })
      harness.advance(120_000)
      return harness.firmware.subscriptionIds.length === 1
    }),
    { numRuns: 200 },
  )
})

t.test('neither throws nor stops whatever a server answers', async () => {
  const kinds: RequestKind[] = ['entry', 'passphrase', 'put', 'subscribe']
  const answer = fc.record({
    kind: fc.constantFrom(...kinds),
    status: fc.constantFrom(200, 204, 302, 400, 401, 404, 500, 503),
    body: fc.oneof(fc.json(), fc.string()),
    headers: fc.dictionary(fc.string(), fc.string()),
  })
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 20 }), (answers) => {
      const harness = new FirmwareHarness().boot()
      for (const { kind, status, body, headers } of answers) {
        if (harness.requests(kind).length > 0) harness.answer(kind, body, status, headers)
        harness.advance(5000)
      }
      harness.advance(600_000)
      const before = harness.requests().length
      harness.advance(600_000)
      return harness.requests().length > before
    }),
    { numRuns: 200 },
  )
})
