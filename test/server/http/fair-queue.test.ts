import t from 'tap'
import { FairQueue } from '../../../src/server/http/fair-queue.ts'

function takeAll(queue: FairQueue<string>): string[] {
  const taken: string[] = []
  for (let work = queue.take(); work !== undefined; work = queue.take()) taken.push(work)
  return taken
}

t.test('senders take turns, and the work of one keeps its order', (t) => {
  const queue = new FairQueue<string>(10)
  for (const n of [1, 2, 3, 4]) queue.add('flood', `flood ${n}`)
  queue.add('owner', 'owner 1')
  queue.add('guest', 'guest 1')
  queue.add('owner', 'owner 2')
  const expected = ['flood 1', 'owner 1', 'guest 1', 'flood 2', 'owner 2', 'flood 3', 'flood 4']
  t.same(takeAll(queue), expected)
  t.end()
})

t.test('a sender that was just served comes after all who wait', (t) => {
  const queue = new FairQueue<string>(10)
  queue.add('flood', 'flood 1')
  queue.add('owner', 'owner 1')
  t.equal(queue.take(), 'flood 1')
  queue.add('flood', 'flood 2')
  t.same(takeAll(queue), ['owner 1', 'flood 2'])
  t.end()
})

t.test('a sender with too much in the queue is refused, others are not', (t) => {
  const queue = new FairQueue<string>(2)
  t.same(
    ['a', 'b', 'c'].map((work) => queue.add('flood', work)),
    [true, true, false],
  )
  t.equal(queue.add('owner', 'd'), true)
  queue.take()
  t.equal(queue.add('flood', 'c'), true, 'what was taken makes room')
  t.end()
})
