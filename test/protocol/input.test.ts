import t from 'tap'
import {
  jsonIn,
  jsonObjectIn,
  numberIn,
  printableJson,
  quoted,
  shortName,
  wordIn,
} from '../../src/protocol/input.ts'

t.test('reads numbers, also written as text', async (t) => {
  for (const [value, number] of [
    [21.5, 21.5],
    [' 21.5 ', 21.5],
    ['-3', -3],
    [0, 0],
  ] as const) {
    t.equal(numberIn(value), number)
  }
  for (const value of ['', '1e3', '0x10', '21C', '.5', Number.NaN, Infinity, null, true, [1]]) {
    t.equal(numberIn(value), undefined, String(value))
  }
})

t.test('reads words in any case', async (t) => {
  t.equal(wordIn(' Heat '), 'heat')
  t.equal(wordIn(1), undefined)
})

t.test('reads JSON, and gives undefined for anything else', async (t) => {
  t.same(jsonIn('[1]'), [1])
  t.equal(jsonIn('null'), null)
  for (const text of ['', '{', 'undefined', '{}x']) t.equal(jsonIn(text), undefined, text)
  t.same(jsonObjectIn('{"a":1}'), { a: 1 })
  for (const text of ['[1]', 'null', '1', '{']) t.equal(jsonObjectIn(text), undefined, text)
})

t.test('repeats what was sent, short', async (t) => {
  t.equal(quoted('x'), '"x"')
  t.equal(quoted(undefined), 'nothing')
  t.equal(quoted('x'.repeat(99)).length, 58)
  t.equal(shortName('x'.repeat(99), 40).length, 40)
  t.equal(shortName([1], 40), 'a list')
  t.equal(shortName({ toString: 1 }, 40), 'an object')
  t.equal(shortName(null, 40), 'null')
})

t.test('printable JSON parses to the same value', async (t) => {
  const value = { name: 'a\x1b\x7f\u009b\u202eb', list: [1, 'x'] }
  const text = printableJson(JSON.stringify(value, null, 2))
  t.notMatch(text, /[\x7f\u009b\u202e]/)
  t.same(JSON.parse(text), value)
  t.match(text, /\n/)
})
