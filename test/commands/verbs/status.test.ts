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
  t.match(
    stdout,
    new RegExp(
      `^Kitchen {2}${SERIAL}\n  state +online\n  last seen +now\n  now +[\\d.]+ °C, humidity`,
    ),
  )
  t.match(stdout, /\n {2}owner +yours\n/)
  t.notMatch(stdout, 'on its way')
  const json = JSON.parse((await nle(['status', 'kitchen', '--json', ...server])).stdout)
  t.match(json, { serial: SERIAL, name: 'Kitchen', mode: 'heat' })

  await codeOn(home)
  await nle(['set', QUIET_SERIAL, 'temperature', '20', '--no-wait', '--force', ...server])
  const quiet = await nle(['status', QUIET_SERIAL, ...server])
  t.match(quiet.stdout, /owner +not paired/)
  t.match(quiet.stdout, /has not uploaded its state yet[\s\S]*Settings, Reset,\s+Restart/)
  t.notMatch(stdout, 'has not uploaded')
  t.match(
    quiet.stdout,
    /on its way +temperature 20 °C \(queued now, waits for the thermostat to call; it sleeps\s+up to 5 min\)/,
  )
})

t.test('status needs no name: it shows every paired thermostat', async (t) => {
  const home = await startHome(t)
  const server = ['--server', home.server.controlUrl]
  t.match(await nle(['status', ...server]), { exitCode: 0, stdout: /No thermostat is paired yet/ })
  await home.paired({ name: 'Kitchen' })
  await codeOn(home)
  const one = await nle(['status', ...server])
  t.match(one.stdout, /^Kitchen /)
  t.notMatch(one.stdout, QUIET_SERIAL, 'one that is not paired is not shown')
  await home.paired({ name: 'Den', serial: '02AA01AC12345679' })
  for (const args of [['status'], ['status', 'all']]) {
    t.match((await nle([...args, ...server])).stdout, /^Kitchen [\s\S]*\n\nDen /)
  }
  const json = JSON.parse((await nle(['status', '--json', ...server])).stdout)
  t.match(json, { total: 2, devices: [{ name: 'Kitchen' }, { name: 'Den' }] })
})

t.test('status says when it was last heard of, and what the schedule sets next', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const server = ['--server', home.server.controlUrl]
  const options = { nowMs: () => home.clock.now().wallMs }
  home.clock.advance(120_000)
  const { stdout } = await nle(['status', ...server], options)
  t.match(stdout, /\n {2}last seen +(now|\d+ (s|min) ago)\n/)
  const next = (await home.ask('GET', `/status?serial=${SERIAL}`)).body.next_setpoint
  const at = new Date(Date.parse((next as { at: string }).at))
  const time = [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':')
  t.match(stdout, new RegExp(`\\n {2}next +[\\d.]+ °C (on \\w+ )?at ${time}\\n`))
  await nle(['set', 'kitchen', 'off', '--no-wait', ...server])
  t.notMatch((await nle(['status', ...server], options)).stdout, / {2}next /)
})
