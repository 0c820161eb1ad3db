import { Chalk } from 'chalk'
import t from 'tap'
import { wrap } from '../../../src/commands/terminal/wrap.ts'

t.test('breaks lines between words', async (t) => {
  t.equal(wrap('one two three four', 9), 'one two\nthree\nfour')
  t.equal(wrap('one two three', 80), 'one two three')
  t.equal(wrap('one  two\n\nthree', 6), 'one\ntwo\n\nthree', 'line by line')
})

t.test('indents further lines', async (t) => {
  t.equal(wrap('nle: one two three', 13, 4), 'nle: one two\n    three')
  t.equal(wrap('   one two three', 12), '   one two\n   three', 'as the line itself')
  t.equal(wrap('one two three', 6, 40), 'one\n  two\n  three', 'but leave room for words')
})

t.test('never cuts a word, and wraps nothing without a terminal', async (t) => {
  t.equal(
    wrap('see http://192.168.1.5:8000/entry there', 10),
    'see\nhttp://192.168.1.5:8000/entry\nthere',
  )
  const long = 'word '.repeat(99)
  t.equal(wrap(long, Number.POSITIVE_INFINITY), long)
})

t.test('colours take no room', async (t) => {
  const { red } = new Chalk({ level: 1 })
  t.equal(wrap(`${red('one')} two three`, 7), `${red('one')} two\nthree`)
})
