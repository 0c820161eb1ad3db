import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { callFrom, codeOn, QUIET_SERIAL } from '../homes.ts'
import { nle } from '../shell.ts'

const DAY_MS = 86_400_000

t.test('pins one thermostat, and unpins it', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  const on = await nle(['pin', 'kitchen', ...server])
  t.match(on, { exitCode: 0, stdout: /Kitchen is pinned: .*nle repin/ })
  t.ok((await home.server.core.store.load(SERIAL)).device?.isPinned)
  const off = await nle(['pin', 'kitchen', '--off', '--json', ...server])
  t.match(JSON.parse(off.stdout), { success: true, serial: SERIAL, pinned: false })
})

t.test('says that the server pins all, and why a thermostat cannot be pinned', async (t) => {
  const home = await startHome(t, { config: { deviceAuth: 'pin' } })
  await home.paired({ name: 'Kitchen' })
  await codeOn(home)
  const server = ['--server', home.server.controlUrl]
  t.match(await nle(['pin', 'kitchen', '--off', ...server]), { stdout: /DEVICE_AUTH=pin.*stays/ })
  t.match(await nle(['pin', QUIET_SERIAL, ...server]), { exitCode: 2, stderr: /No password/ })
  for (const args of [[], ['kitchen', '--all'], ['--all', '--off']]) {
    t.match(await nle(['pin', ...args, ...server]), { exitCode: 2, stderr: /nle pin hallway/ })
  }
})

t.test('pins all that used one password for a week, and says why not the others', async (t) => {
  const home = await startHome(t)
  const server = ['--server', home.server.controlUrl]
  t.match(await nle(['pin', '--all', ...server]), { stdout: /No thermostat is paired/ })
  await home.ask('POST', '/api/register', { code: await codeOn(home), userId: 'me' })
  const list = `/nest/transport/device/${QUIET_SERIAL}`
  await callFrom(home, QUIET_SERIAL, list)
  t.match(await nle(['pin', '--all', ...server]), { stdout: /is not pinned: it did not use one/ })
  home.clock.advance(8 * DAY_MS)
  await callFrom(home, QUIET_SERIAL, '/nest/entry')
  const { stdout } = await nle(['pin', '--all', '--json', ...server])
  t.match(JSON.parse(stdout), { success: true, pinned: [QUIET_SERIAL], left: [] })
  t.match(await nle(['pin', '--all', ...server]), { stdout: /All are pinned already/ })
})
