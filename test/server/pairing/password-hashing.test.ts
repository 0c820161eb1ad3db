import { Socket } from 'node:net'
import t from 'tap'
import { passwordOn, presentedPassword } from '../../../src/server/pairing/password-hashing.ts'

t.test('I4: each request of a connection is judged by its own password', async (t) => {
  const socket = new Socket()
  const known = presentedPassword('one')?.hash()
  const other = presentedPassword('two')?.hash()
  if (known === undefined || other === undefined) throw new Error('no hash')
  for (const text of ['one', 'one', 'two', 'one']) {
    t.equal(passwordOn(socket, text)?.matches(known), text === 'one')
    t.equal(passwordOn(socket, text)?.matches(other), text === 'two')
  }
  t.equal(passwordOn(socket, undefined), undefined)
  t.equal(passwordOn(socket, ''), undefined)
  t.equal(passwordOn(socket, 'one'), passwordOn(socket, 'one'), 'hashed once')
  t.equal(passwordOn(new Socket(), 'two')?.matches(known), false)
})
