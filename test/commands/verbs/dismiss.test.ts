import t from 'tap'
import { startHome } from '../../helpers/home.ts'
import { codeOn, QUIET_SERIAL } from '../homes.ts'
import { nle } from '../shell.ts'

t.test('dismiss removes the pairing dialog from a screen (P13)', async (t) => {
  const home = await startHome(t)
  await codeOn(home)
  const args = ['dismiss', QUIET_SERIAL, '--server', home.server.controlUrl]
  t.match(await nle(args), { exitCode: 0, stdout: /dismissed for 02AA01AC31140KD6\.\n/ })
  t.match(await nle([...args, '--json']), { exitCode: 0, stdout: /"success":true/ })
})
