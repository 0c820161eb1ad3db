import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

t.test('unpair asks first, and changes nothing after no', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const owner = async () => (await home.server.core.store.load(SERIAL)).owner
  const args = ['unpair', 'kitchen', '--server', home.server.controlUrl]
  t.match(await nle(args), { exitCode: 2, stderr: /no terminal to ask on\. Add --yes/ })
  const no = await nle(args, { interactive: true, typed: [['Unpair Kitchen', '\r']] })
  t.match(no, { exitCode: 130, stderr: /Nothing was changed/ })
  t.ok(await owner())
  const yes = await nle(args, { interactive: true, typed: [['Unpair Kitchen', 'y\r']] })
  t.match(yes, { exitCode: 0, stdout: /is not paired any more/ })
  t.notOk(await owner())
  t.match(await nle([...args, '--yes']), { exitCode: 4, stderr: /is not paired/ })
})
