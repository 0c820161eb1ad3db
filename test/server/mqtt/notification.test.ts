import t from 'tap'
import { Broker, NO_BROKER, PASSWORD, USER } from './broker.ts'
import { LoggedServer } from './logged-server.ts'
import { Watcher } from './watcher.ts'

t.test('what people are told of is an event on one topic', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const watcher = await Watcher.connect(broker)
  t.teardown(() => watcher.end())
  const nle = await LoggedServer.open()
  t.teardown(() => nle.close())
  const body = { brokerUrl: broker.url, username: USER, password: PASSWORD }
  await nle.api('POST', '/api/mqtt-config', body)
  await watcher.value('nolongerevil/status', 'online')
  const notice = {
    id: 'one',
    event: 'backup_failed',
    state: 'begun',
    at: '2026-11-28T02:10:00.000Z',
    serial: null,
    name: null,
    title: 'The nightly backup failed',
    message: 'There is no room.',
  } as const
  t.ok(nle.server.core.events.hasListener('noticed'), 'a broker is reason enough to look')
  nle.server.core.events.emit('noticed', notice)
  await watcher.value('nolongerevil/notification', JSON.stringify(notice))
})
