import t from 'tap'
import { NleError } from '../../../src/errors.ts'
import { FairTurns } from '../../../src/server/http/fair-turns.ts'

/** Turns of the event loop that the test ends, and work that it finishes. */
function start() {
  const later: (() => void)[] = []
  const turns = new FairTurns((act) => later.push(act))
  const started: string[] = []
  const finish = new Map<string, () => void>()
  const ask = (limitKey: string, name: string, socket = { destroyed: false }) => {
    const raw = { socket } as never
    return turns.run({ limitKey, raw }, () => {
      started.push(name)
      return new Promise<string>((resolve) => finish.set(name, () => resolve(name)))
    })
  }
  /** Finishes a piece of work and begins the next turn of the event loop. */
  const next = async (name: string) => {
    finish.get(name)?.()
    while (later.length === 0) await Promise.resolve()
    for (const act of later.splice(0)) act()
    for (let n = 0; n < 5; n++) await Promise.resolve()
  }
  return { turns, ask, started, next, later }
}

t.test('work starts at once when nobody is before it', async (t) => {
  const { ask, started, next, later } = start()
  const answer = ask('192.0.2.1', 'one')
  t.same(started, ['one'])
  await next('one')
  t.equal(await answer, 'one')
  void ask('192.0.2.1', 'two')
  t.same(started, ['one', 'two'])
  t.same(later, [], 'nothing is scheduled while it runs')
})

t.test('another network waits for one piece of a flood, in a turn of its own', async (t) => {
  const { ask, started, next } = start()
  for (const n of [1, 2, 3, 4]) void ask('192.0.2.1', `flood ${n}`)
  void ask('192.0.2.2', 'owner')
  t.same(started, ['flood 1'])
  await next('flood 1')
  t.same(started, ['flood 1', 'flood 2'])
  await next('flood 2')
  t.same(started, ['flood 1', 'flood 2', 'owner'])
  await next('owner')
  t.same(started.at(-1), 'flood 3')
})

t.test('a network with too much waiting is refused, and another is not', async (t) => {
  const { ask, started, next } = start()
  const flood = Array.from({ length: 40 }, (_, n) => ask('192.0.2.1', `flood ${n}`))
  const refused = flood.slice(33).map((each) => each.catch((error: unknown) => error))
  for (const error of await Promise.all(refused)) {
    t.match(error, new NleError('rate_limited', String((error as Error).message)))
    t.match(error, { details: { retryAfterS: 1 } })
  }
  void ask('192.0.2.2', 'owner')
  await next('flood 0')
  await next('flood 1')
  t.equal(started.at(-1), 'owner')
})

t.test('work of a caller that hung up is left out', async (t) => {
  const { ask, started, next } = start()
  const socket = { destroyed: false }
  void ask('192.0.2.1', 'one')
  const gone = ask('192.0.2.1', 'gone', socket)
  void ask('192.0.2.1', 'two')
  socket.destroyed = true
  await Promise.all([next('one'), t.rejects(gone, { code: 'cancelled' })])
  t.same(started, ['one', 'two'])
})

t.test('work that fails makes way like any other', async (t) => {
  const { turns, ask, started, next } = start()
  const caller = { limitKey: '192.0.2.1', raw: { socket: { destroyed: false } } as never }
  const failed = turns.run(caller, () => Promise.reject(new Error('no')))
  void ask('192.0.2.1', 'two')
  await t.rejects(failed, { message: 'no' })
  await next('')
  t.same(started, ['two'])
})
