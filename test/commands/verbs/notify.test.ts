import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main } from '../../../src/commands/main.ts'
import { startHome } from '../../helpers/home.ts'
import { ReceiverServer } from '../../server/notify/receiver-server.ts'
import { memoryIo } from '../memory-io.ts'

t.test('notify adds, tests, lists and removes a receiver', async (t) => {
  const home = await startHome(t)
  const receiver = await ReceiverServer.start(t)
  const nle = async (...args: string[]) => {
    const { io, stdout, stderr } = memoryIo()
    // The socket beside the database makes it the owner's.
    const exitCode = await main(['notify', ...args, '--db', home.databasePath], io)
    return { exitCode, out: stdout(), err: stderr() }
  }
  t.match(await nle('list'), { exitCode: 0, out: /Nobody is told/ })
  t.match(await nle('test'), { exitCode: 4, err: /nle notify add/ })
  const added = await nle('add', receiver.url, '--name', 'hook', '--events', 'offline, disk_low')
  t.match(added, { exitCode: 0, out: /hook is told from now on[\s\S]*secret {2}\S{32}\n/ })
  t.match(await nle('add', receiver.url, '--events', 'rain'), { exitCode: 2, err: /offline/ })
  t.match(await nle('test'), { exitCode: 0, out: /hook: sent\. It answered 200\./ })
  t.match(receiver.received[0]?.body, { event: 'test' })
  receiver.answer = (response) => response.writeHead(403).end()
  t.match(await nle('test', 'hook'), { exitCode: 3, out: /hook: not sent\. It answered 403/ })
  t.match(await nle('list'), { out: /hook +http:\/\/127\.0\.0\.1:\d+\/… +offline, disk_l/ })

  const secretFile = join(t.testdir({}), 'secret')
  writeFileSync(secretFile, 'tk_of_the_tests\n')
  const topic = 'http://127.0.0.1:1/topic'
  const ntfy = await nle(
    'add',
    topic,
    '--ntfy',
    '--quiet',
    '22:00-07:00',
    '--secret-file',
    secretFile,
  )
  t.match(ntfy, { exitCode: 0, err: '' })
  t.notMatch(ntfy.out, /secret|tk_of/)
  t.match(await nle('list'), { out: /22:00-07:00/, err: /Quiet times are in / })
  const json = JSON.parse((await nle('list', '--json')).out)
  t.match(json, { receivers: [{ name: 'hook' }, { name: '127.0.0.1', type: 'ntfy' }] })
  t.match(await nle('remove', 'hook'), { exitCode: 0, out: /hook is told nothing more/ })
  t.match(await nle('remove', 'hook'), { exitCode: 4, err: /nle notify list/ })
})
