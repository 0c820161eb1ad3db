import fc from 'fast-check'
import t from 'tap'
import { scan } from '../../../../src/virtual/wire/v3/scan.ts'

/** What the scanner makes of a text. */
const read = (json: string) => JSON.parse(scan(json).text)

t.test('reads compact JSON as it is (V1)', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      return scan(text).text === text && scan(text).blanks === 0
    }),
  )
})

t.test('takes a blank after a separator for a part of a name (V1)', async (t) => {
  t.strictSame(read('{"shared": {"SERIAL":1}}'), { 'shared ': { SERIAL: 1 } })
  t.strictSame(read('{ "shared":{"SERIAL":1}}'), { ' shared': { SERIAL: 1 } })
  t.strictSame(read('{"a":1,\n"b":2}'), { a: 1, '\nb': 2 })
  t.strictSame(read('{"a\\"b": "x"}'), { 'a"b ': 'x' }, 'a quote inside a name')
})

t.test(
  'counts blanks that do no harm, and leaves those inside of strings alone (V1)',
  async (t) => {
    t.strictSame(scan('{"a" :1 }\n').blanks, 3)
    t.strictSame(read('{"a" :1 }\n'), { a: 1 })
    t.strictSame(scan('{"a b":"c, d: e"}'), { text: '{"a b":"c, d: e"}', blanks: 0 })
  },
)

t.test('never throws, whatever the text', async () => {
  fc.assert(fc.property(fc.string(), (text) => typeof scan(text).text === 'string'))
})
