import t from 'tap'
import { SendQueue } from '../../../src/web/state/send-queue.ts'

function setUp() {
  const sent: string[] = []
  const answers: ((result: string) => void)[] = []
  const queue = new SendQueue((item: string) => {
    sent.push(item)
    return new Promise<string>((resolve) => answers.push(resolve))
  })
  const answer = async (result: string) => {
    answers.shift()?.(result)
    await new Promise(setImmediate)
  }
  return { queue, sent, answer }
}

t.test('one thing goes out after the other', async (t) => {
  const { queue, sent, answer } = setUp()
  const results = [queue.put('mode', 'heat'), queue.put('target', '21')]
  t.same(sent, ['heat'])
  await answer('a')
  t.same(sent, ['heat', '21'])
  await answer('b')
  t.same(await Promise.all(results), ['a', 'b'])
})

t.test('of those that wait, the later about the same takes the place of the earlier', async (t) => {
  const { queue, sent, answer } = setUp()
  const results = ['20', '21', '22', '23'].map((target) => queue.put('target', target))
  results.push(queue.put('mode', 'cool'))
  await answer('a')
  await answer('b')
  await answer('c')
  t.same(sent, ['20', '23', 'cool'])
  t.same(await Promise.all(results), ['a', 'b', 'b', 'b', 'c'], 'and its result is theirs')
})
