import t from 'tap'
import { NleError } from '../../../src/errors.ts'
import { FirstUse } from '../../../src/server/core/first-use.ts'

t.test('is loaded once, with the first use, and all who wait go on in their order', async (t) => {
  let loads = 0
  const { promise, resolve } = Promise.withResolvers<string>()
  const part = new FirstUse('part', () => {
    loads += 1
    return promise
  })
  t.equal(loads, 0)
  const order: number[] = []
  const uses = [1, 2, 3].map(async (n) => {
    const got = await part.get()
    order.push(n)
    return got
  })
  resolve('the part')
  t.same(await Promise.all(uses), ['the part', 'the part', 'the part'])
  t.same(order, [1, 2, 3])
  t.equal(loads, 1)
})

t.test('says what could not be loaded and what to do, and is tried again', async (t) => {
  const answers = [Promise.reject(new Error('Cannot find module')), Promise.resolve('the part')]
  const part = new FirstUse('control API', () => answers.shift() ?? Promise.reject(new Error()))
  const error = await part.get().catch((error: unknown) => error)
  t.ok(error instanceof NleError)
  t.match(error, { code: 'internal', message: /control API: Cannot find module.*restart/ })
  t.equal(await part.get(), 'the part')
})

t.test('an error that the part throws itself stays as it is', async (t) => {
  const locked = new NleError('store', 'The database is locked.')
  const part = new FirstUse('notifications', () => Promise.reject(locked))
  t.equal(await part.get().catch((error: unknown) => error), locked)
})

t.test('ends with the server, also while it is being loaded', async (t) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const part = new FirstUse('part', () => promise)
  const stopped: string[] = []
  const got = part.get()
  part.end((used) => stopped.push(used))
  resolve('the part')
  t.equal(await got, 'the part')
  t.same(stopped, ['the part'])
})

t.test('is not loaded any more when the server has ended', async (t) => {
  const part = new FirstUse('part', async () => t.fail('was loaded'))
  part.end(() => t.fail('was stopped'))
  await t.rejects(part.get(), { message: 'The server is being stopped.' })
})
