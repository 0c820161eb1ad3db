import t from 'tap'
import { startHome } from '../../helpers/home.ts'
import { codeOn } from '../homes.ts'
import { nle } from '../shell.ts'

t.test('changes lists the changes of a thermostat and their states', async (t) => {
  const home = await startHome(t)
  const server = ['--server', home.server.controlUrl]
  t.match(await nle(['changes', ...server]), { exitCode: 0, stdout: /Nothing was asked yet/ })
  await codeOn(home)
  await nle(['set', '0KD6', 'temperature', '20', 'away', 'off', '--no-wait', '--force', ...server])
  await nle(['set', '0KD6', 'temperature', '21', '--no-wait', '--force', ...server])
  const { stdout } = await nle(['changes', '0kd6', ...server])
  const [head, ...rows] = stdout.trimEnd().split('\n')
  t.match(head, /^ID +ASKED +THERMOSTAT +WHAT +STATE +WHY$/)
  t.match(rows, [
    / temperature 21 °C +queued +waits for the thermostat to call; it sleeps/,
    / away off +queued +waits for the thermostat to call; it sleeps/,
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

t.test('changes says how long the fan was asked to run, and the name that was given', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  await nle(['set', 'kitchen', 'fan', '1h', '--no-wait', ...server])
  await nle(['set', 'kitchen', 'fan', 'auto', '--no-wait', ...server])
  await nle(['rename', 'kitchen', 'Den', ...server])
  const { stdout } = await nle(['changes', ...server])
  t.match(stdout, / name "Den" [\s\S]* fan auto [\s\S]* fan on for 1 h /)
})
