import t from 'tap'
import { nextTurn } from '../../../src/server/core/turns.ts'
import { Outbox, type OutgoingMessage } from '../../../src/server/mqtt/outbox.ts'

/** A broker that acknowledges only when the test says so. */
function slowBroker() {
  const sent: OutgoingMessage[] = []
  const unacknowledged: (() => void)[] = []
  const outbox = new Outbox((message, acknowledged) => {
    sent.push(message)
    unacknowledged.push(acknowledged)
  })
  const acknowledge = () => unacknowledged.shift()?.()
  /** Acknowledges all, and all that is sent thereupon. */
  const catchUp = async (): Promise<void> => {
    while (unacknowledged.length > 0) {
      while (unacknowledged.length > 0) acknowledge()
      await nextTurn()
    }
  }
  return { outbox, sent, acknowledge, catchUp }
}

const state = (topic: string, payload: string): OutgoingMessage => ({
  topic,
  payload,
  retain: true,
})

t.test('sends a slow broker only the latest state of each topic, in order', async (t) => {
  const { outbox, sent, catchUp } = slowBroker()
  for (let i = 0; i < 10_000; i++) outbox.put(state(`topic ${i % 50}`, String(i)))
  t.equal(sent.length, 32, 'no more than 32 messages are in flight')
  t.equal(outbox.size, 82, 'and no more wait than there are topics')
  await catchUp()
  t.equal(sent.length, 82)
  const latest = new Map(sent.map(({ topic, payload }) => [topic, payload]))
  for (const [topic, payload] of latest) {
    t.equal(
      payload,
      String(9_950 + Number(topic.split(' ')[1])),
      'the last payload sent is the latest',
    )
  }
  const order = sent.map(({ topic }) => topic)
  t.ok(order.indexOf('topic 40') < order.indexOf('topic 41'))
  t.equal(outbox.size, 0)
})

t.test('sends every event, up to 64 that wait', async (t) => {
  const { outbox, sent, catchUp } = slowBroker()
  for (let i = 0; i < 32; i++) outbox.put(state(`topic ${i}`, 'x'))
  for (let i = 0; i < 1_000; i++) outbox.putEvent({ ...state('event', String(i)), retain: false })
  t.equal(outbox.size, 32 + 64)
  await catchUp()
  t.strictSame(
    sent.slice(32).map(({ payload }) => payload),
    Array.from({ length: 64 }, (_, i) => String(i)),
  )
  outbox.putEvent({ ...state('event', 'later'), retain: false })
  t.equal(sent.at(-1)?.payload, 'later', 'takes events again once the others are sent')
})

t.test('what many acknowledgments let go leaves in one turn', async (t) => {
  const { outbox, sent, acknowledge } = slowBroker()
  for (let i = 0; i < 64; i++) outbox.put(state(`topic ${i}`, 'x'))
  for (let i = 0; i < 32; i++) acknowledge()
  t.equal(sent.length, 32)
  await nextTurn()
  t.equal(sent.length, 64)
})

t.test('downTo() resolves when so few are left or the outbox is closed', async (t) => {
  const { outbox, acknowledge } = slowBroker()
  await outbox.downTo(0)
  for (const topic of ['a', 'b']) outbox.put(state(topic, '1'))
  await outbox.downTo(2)
  const one = outbox.downTo(1)
  const none = outbox.downTo(0)
  acknowledge()
  await one
  t.equal(outbox.size, 1)
  acknowledge()
  await none
  outbox.put(state('a', '2'))
  const closed = outbox.downTo(0)
  outbox.close()
  await closed
  t.pass('resolved by close')
})
