import t from 'tap'
import { NOTICE_KINDS } from '../../../src/protocol/notify/notice.ts'
import {
  type ListedReceiver,
  receiverFacts,
  receiverFault,
  receiverToAdd,
} from '../../../src/web/views/settings/notify-rules.ts'

const TYPED = {
  type: 'ntfy',
  url: ' https://ntfy.sh/topic ',
  name: ' ',
  secret: '',
  events: new Set(NOTICE_KINDS),
  quietFrom: '',
  quietTo: '',
} as const

t.test('adds a receiver with what was typed, and nothing else', async (t) => {
  t.same(receiverToAdd(TYPED), { type: 'ntfy', url: 'https://ntfy.sh/topic' })
  const typed = {
    ...TYPED,
    type: 'webhook',
    name: ' Pi ',
    secret: ' 0123456789abcdef ',
    events: new Set(['disk_low', 'offline'] as const),
    quietFrom: '22:00',
    quietTo: '07:00',
  } as const
  t.same(receiverToAdd(typed), {
    type: 'webhook',
    url: 'https://ntfy.sh/topic',
    name: 'Pi',
    secret: '0123456789abcdef',
    events: ['offline', 'disk_low'],
    quiet: '22:00-07:00',
  })
})

t.test('says what is missing', async (t) => {
  t.match(receiverToAdd({ ...TYPED, url: ' ' }), { missing: /address/ })
  t.match(receiverToAdd({ ...TYPED, events: new Set() }), { missing: /Tick/ })
  t.match(receiverToAdd({ ...TYPED, quietFrom: '22:00' }), { missing: /both times/ })
  t.match(receiverToAdd({ ...TYPED, quietTo: '07:00' }), { missing: /both times/ })
})

t.test('tells what a receiver is told of, when, and how it goes', async (t) => {
  const receiver: ListedReceiver = {
    id: 'a1',
    name: 'Pi',
    type: 'webhook',
    to: 'http://pi/…',
    events: [...NOTICE_KINDS],
    quiet: null,
    waiting: 0,
    last_sent_at: null,
    last_error: null,
  }
  const facts = (over: Partial<ListedReceiver>) =>
    receiverFacts({ ...receiver, ...over }, 'Europe/Berlin', Date.parse('2026-11-28T12:00:00Z'))
  t.same(facts({}), [
    'Webhook · http://pi/…',
    'Told of everything',
    'Told nothing since the server was started',
  ])
  const [, events, quiet, sent, waiting] = facts({
    events: ['battery_low', 'disk_low'],
    quiet: '22:00-07:00',
    waiting: 3,
    last_sent_at: '2026-11-28T11:59:00Z',
  })
  t.equal(events, 'Told of: Battery low, Disk nearly full')
  t.equal(quiet, 'Quiet 22:00–07:00 (Europe/Berlin)')
  t.match(sent, /^Last told .*59/)
  t.equal(waiting, '3 still to be sent')
  t.equal(receiverFault(receiver), undefined)
  t.match(receiverFault({ ...receiver, last_error: 'It hung up' }), /failed: It hung up\.$/)
})
