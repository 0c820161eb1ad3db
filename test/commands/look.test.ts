import t from 'tap'
import { SERIAL, startHome } from '../helpers/home.ts'
import { codeOn, QUIET_SERIAL } from './homes.ts'
import { nle } from './shell.ts'

t.test('status tells of one thermostat, and of what is on its way to it', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  const { exitCode, stdout } = await nle(['status', 'kitchen', ...server])
  t.equal(exitCode, 0)
  t.match(stdout, new RegExp(`^Kitchen {2}${SERIAL}\n  state +online\n  now +[\\d.]+ °C, humidity`))
  t.match(stdout, /\n {2}owner +homeassistant\n/)
  t.notMatch(stdout, 'on its way')
  const json = JSON.parse((await nle(['status', 'kitchen', '--json', ...server])).stdout)
  t.match(json, { serial: SERIAL, name: 'Kitchen', mode: 'heat' })

  await codeOn(home)
  await nle(['set', QUIET_SERIAL, 'temperature', '20', '--no-wait', ...server])
  const quiet = await nle(['status', QUIET_SERIAL, ...server])
  t.match(quiet.stdout, /owner +not paired/)
  t.match(quiet.stdout, /on its way +temperature 20 °C \(queued, now\)/)
})

t.test('changes tells what was asked and where it is', async (t) => {
  const home = await startHome(t)
  const server = ['--server', home.server.controlUrl]
  t.match(await nle(['changes', ...server]), { exitCode: 0, stdout: /Nothing was asked yet/ })
  await codeOn(home)
  await nle(['set', '0KD6', 'temperature', '20', 'away', 'off', '--no-wait', ...server])
  await nle(['set', '0KD6', 'temperature', '21', '--no-wait', ...server])
  const { stdout } = await nle(['changes', '0kd6', ...server])
  const [head, ...rows] = stdout.trimEnd().split('\n')
  t.match(head, /^ID +ASKED +THERMOSTAT +WHAT +STATE +WHY$/)
  t.match(rows, [
    / temperature 21 °C +queued$/,
    / away off +queued$/,
    /^ *1 .* temperature 20 °C +superseded +a later command set the same$/,
  ])
  const json = await nle(['changes', '--limit', '1', '--json', ...server])
  t.match(JSON.parse(json.stdout), { changes: [{ state: 'queued' }] })
  t.strictSame(
    Object.keys(JSON.parse(json.stdout)),
    ['changes'],
    'how many there are in all is not known',
  )
  t.match(await nle(['changes', '--limit', '0', ...server]), { exitCode: 2 })
})

t.test('dismiss takes the dialog off a screen', async (t) => {
  const home = await startHome(t)
  await codeOn(home)
  const args = ['dismiss', QUIET_SERIAL, '--server', home.server.controlUrl]
  t.match(await nle(args), { exitCode: 0, stdout: /dismissed for 02AA01AC31140KD6\.\n/ })
  t.match(await nle([...args, '--json']), { exitCode: 0, stdout: /"success":true/ })
})

t.test('unpair asks first', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const args = ['unpair', 'kitchen', '--server', home.server.controlUrl]
  t.match(await nle(args), { exitCode: 2, stderr: /no terminal to ask on\. Add --yes/ })
  const no = await nle(args, { interactive: true, typed: [['Take Kitchen', '\r']] })
  t.match(no, { exitCode: 130, stderr: /Nothing was changed/ })
  t.ok(home.server.core.store.owners.get(SERIAL))
  const yes = await nle(args, { interactive: true, typed: [['Take Kitchen', 'y\r']] })
  t.match(yes, { exitCode: 0, stdout: /is not paired any more/ })
  t.notOk(home.server.core.store.owners.get(SERIAL))
  t.match(await nle([...args, '--yes']), { exitCode: 4, stderr: /is not paired/ })
})
