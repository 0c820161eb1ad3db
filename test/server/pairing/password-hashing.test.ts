import { Socket } from 'node:net'
import t from 'tap'
import { credentialsOn, presentedPassword } from '../../../src/server/pairing/password-hashing.ts'

t.test('I4: each request of a connection is judged by its own password', async (t) => {
  const socket = new Socket()
  const known = presentedPassword('one')?.hash()
  const other = presentedPassword('two')?.hash()
  if (known === undefined || other === undefined) throw new Error('no hash')
  const header = (password: string) => `Basic ${btoa(`nest.02AA01AC37110B7F:${password}`)}`
  const on = (socket: Socket, password: string) => credentialsOn(socket, header(password)).password
  for (const text of ['one', 'one', 'two', 'one']) {
    for (const again of [known, other, known]) {
      t.equal(on(socket, text)?.matches(again), (text === 'one') === (again === known))
    }
  }
  t.equal(on(socket, ''), undefined)
  t.equal(on(socket, 'one'), on(socket, 'one'), 'hashed once')
  t.equal(on(new Socket(), 'two')?.matches(known), false)
  t.equal(credentialsOn(socket, header('one')).serial, '02AA01AC37110B7F')
  t.strictSame(credentialsOn(socket, undefined), { serial: undefined, password: undefined })
  t.equal(credentialsOn(socket, 'Bearer abc').serial, undefined)
})
