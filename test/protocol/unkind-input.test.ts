import * as fc from 'fast-check'
import t from 'tap'
import { NleError } from '../../src/errors.ts'
import { isObject, type JsonObject, mergeValue, sameValue } from '../../src/protocol/bucket.ts'
import { COMMANDS, planCommand } from '../../src/protocol/commands/plan-command.ts'
import { basicCredentials, identify } from '../../src/protocol/identity.ts'
import { parseEntryFacts } from '../../src/protocol/pairing/entry-document.ts'
import { normalizeCode } from '../../src/protocol/pairing/entry-key.ts'
import { parsePut } from '../../src/protocol/transport/put-request.ts'
import { parseSubscribe } from '../../src/protocol/transport/subscribe-request.ts'

const SERIAL = '02AA01AC12345678'
const OTHER = '02AA01AC87654321'
const view = {
  serial: SERIAL,
  nowMs: 1_760_000_000_000,
  givenName: null,
  hasUploaded: false,
  shared: {},
  device: {},
  structure: {},
  structureKey: 'structure.default',
  schedule: undefined,
  where: {},
}

/** JSON as it comes over the wire: whatever it is, it went through a parser. */
const json = fc
  .oneof(
    fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }),
    fc.dictionary(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'objects', 'value', 'object_key'),
      fc.jsonValue({ stringUnit: 'binary' }),
    ),
  )
  .map((value): unknown => JSON.parse(JSON.stringify(value)))

const objectKey = fc.oneof(
  fc.constantFrom(
    `shared.${SERIAL}`,
    `shared.${OTHER}`,
    `device.${OTHER.toLowerCase()}`,
    `schedule.${OTHER}`,
    'structure.x',
    'user.x',
    `__proto__.${SERIAL}`,
  ),
  fc.string({ unit: 'binary' }),
)
const listed = fc.record(
  {
    object_key: fc.oneof(objectKey, json),
    object_revision: fc.oneof(fc.double(), json),
    object_timestamp: fc.oneof(fc.double(), json),
    value: json,
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  json,
  fc.record({ objects: fc.array(fc.oneof(listed, json)) }),
  fc.dictionary(objectKey, fc.oneof(listed, json)),
)

t.test(
  'a body that is anything at all never breaks a parser, nor touches another serial (U7)',
  async () => {
    fc.assert(
      fc.property(body, (raw) => {
        const objects = [
          ...(parsePut(raw, SERIAL)?.objects ?? []),
          ...(parseSubscribe(raw, SERIAL)?.objects ?? []),
        ]
        return objects.every(
          (object) =>
            !/^(shared|device|schedule)\./.test(object.objectKey) ||
            object.objectKey.endsWith(`.${SERIAL}`),
        )
      }),
    )
  },
)

t.test('what is listed has versions that can be counted on from', async () => {
  fc.assert(
    fc.property(body, (raw) =>
      (parseSubscribe(raw, SERIAL)?.objects ?? []).every(
        ({ revision, timestamp }) =>
          Number.isSafeInteger(revision + 1) && Number.isSafeInteger(timestamp + 1),
      ),
    ),
  )
})

t.test('a command is planned, or refused in words', async () => {
  const command = fc.oneof(fc.constantFrom(...Object.keys(COMMANDS)), json)
  fc.assert(
    fc.property(command, json, (name, value) => {
      try {
        const { changes } = planCommand(name, value, view)
        return changes.length > 0
      } catch (error) {
        return error instanceof NleError && error.code === 'invalid' && error.message !== ''
      }
    }),
  )
})

t.test('a merge gives what was put, and changes no prototype', async () => {
  const object = json.filter((value): value is JsonObject => isObject(value))
  fc.assert(
    fc.property(object, object, (stored, incoming) => {
      const merged = mergeValue(`shared.${SERIAL}`, stored, incoming)
      return (
        Object.getPrototypeOf(merged) === Object.prototype &&
        Object.keys(incoming).every((key) => sameValue(merged[key], incoming[key])) &&
        Object.keys(stored).every((key) => Object.hasOwn(merged, key))
      )
    }),
  )
})

t.test('headers, forms and codes are whatever somebody sends', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      parseEntryFacts(a)
      basicCredentials(a)
      normalizeCode(b)
      const serial = identify({
        headers: { authorization: `Basic ${a}`, 'x-nl-client-id': b, 'x-nl-device-id': c },
        querySerial: a,
      })
      return serial === undefined || /^[A-Z0-9]{10,32}$/.test(serial)
    }),
  )
})
