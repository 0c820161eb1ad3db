import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { codeOn, QUIET_SERIAL } from '../homes.ts'
import { nle } from '../shell.ts'

t.test('status says when thermostat and server have different times of day', async (t) => {
  const home = await startHome(t, { localOffsetS: () => -5 * 3600 })
  await home.paired()
  const objects = [{ object_key: `device.${SERIAL}`, value: { time_zone: 'UTC' } }]
  const server = ['--server', home.server.controlUrl]
  t.notMatch((await nle(['status', SERIAL, ...server])).stdout, 'time zone')
  await fetch(`${home.server.deviceUrl}/nest/transport/put`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`d.${SERIAL}.ABCD:secret`)}` },
    body: JSON.stringify({ session: 's', objects }),
  })
  const { stdout } = await nle(['status', SERIAL, ...server])
  t.match(stdout, /time zone +its clock runs in UTC and the server's in UTC-05:00/)
})

t.test('status shows a thermostat and its open changes', async (t) => {
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
  t.match(quiet.stdout, /has not uploaded its state yet[\s\S]*Settings, Reset,\s+Restart/)
  t.notMatch(stdout, 'has not uploaded')
  t.match(quiet.stdout, /on its way +temperature 20 °C \(queued, now\)/)
})
