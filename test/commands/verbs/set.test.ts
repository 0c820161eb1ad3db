import { join } from 'node:path'
import t from 'tap'
import { clockTime } from '../../../src/commands/format/units.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { closedPort, codeOn, QUIET_SERIAL } from '../homes.ts'
import { nle, type ShellOptions } from '../shell.ts'

/** Runs a verb against a home, whose time moves only while the verb waits. */
function at(home: Home, args: readonly string[], options: ShellOptions = {}) {
  return nle([...args, '--server', home.server.controlUrl], {
    onSleep: (ms) => home.clock.advance(ms),
    nowMs: () => home.clock.now().wallMs,
    ...options,
  })
}

t.test('set waits until the thermostat confirms', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const ran = await at(home, ['set', 'kitchen', 'temperature', '21.5'], { interactive: true })
  t.equal(ran.stdout, '✓ Kitchen: temperature 21.5 °C.\n')
  t.ok(ran.stderr.endsWith('\r\x1b[K'), 'the progress line is gone in the end')
  t.equal(ran.exitCode, 0)
  t.equal(thermostat.value('shared').target_temperature, 21.5)
})

t.test('prints a note for a setpoint that has no effect now', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  t.equal((await at(home, ['set', 'kitchen', 'mode', 'off'])).exitCode, 0)
  const ran = await at(home, ['set', 'kitchen', 'temperature', '21.5'])
  t.match(ran, { exitCode: 0, stdout: /✓/, stderr: 'It is off: no temperature counts' })
  const json = await at(home, ['set', 'kitchen', 'temperature', '22', '--json'])
  t.match(json, { exitCode: 0, stderr: '' })
})

t.test('sets several properties at once, with JSON', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const args = ['set', SERIAL, 'mode', 'heat-cool', 'low', '19', 'high', '24', '--json']
  const { exitCode, stdout } = await at(home, args)
  t.equal(exitCode, 0)
  t.match(JSON.parse(stdout), {
    serial: SERIAL,
    changes: [
      { command: 'set_mode', state: 'confirmed' },
      { command: 'set_temperature', state: 'confirmed' },
    ],
  })
})

t.test('says which of several properties were set, and which were not', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const line = ['set', 'kitchen', '21.5', 'setting', 'target_humidity=99', 'fan', 'on']
  const { exitCode, stdout } = await at(home, line)
  t.equal(exitCode, 2)
  t.equal(
    stdout,
    '✓ Kitchen: temperature 21.5 °C.\n' +
      '✗ Kitchen: target_humidity=99 was not set: target_humidity must be a number from 10 to 80 (%). Not sent: fan on.\n',
  )
  const json = await at(home, [...line, '--json'])
  t.equal(json.exitCode, 2)
  t.match(JSON.parse(json.stdout), {
    changes: [{ command: 'set_temperature', state: 'confirmed' }],
    error: { code: 'invalid', message: /Not sent: fan on/ },
  })
  const away = await at(home, ['set', 'kitchen', '21', 'setting', 'target_humidity=99', 'away'])
  t.equal(away.stderr, '', 'no note on eco, which was not sent')
  const first = await at(home, ['set', 'kitchen', 'setting', 'target_humidity=99', 'fan', 'on'])
  t.equal(first.stdout, '', 'nothing was set')
  t.match(first, { exitCode: 2, stderr: /target_humidity=99 was not set: .* Not sent: fan on\./ })
})

t.test(
  'a change for an absent thermostat stays queued, and exits with 10 after the timeout',
  async (t) => {
    const home = await startHome(t)
    await codeOn(home)
    const set = ['set', QUIET_SERIAL, 'temperature', '20', '--force']
    const queued = await at(home, [...set, '--no-wait'])
    t.equal(queued.exitCode, 0)
    t.match(
      queued.stdout,
      /^… 02AA01AC31140KD6: temperature 20 °C waits until \d\d:\d\d for the thermostat to call; it sleeps up to 5 min \(change 1\)/,
    )
    const late = await at(home, [...set, '--timeout', '2'], { interactive: true })
    t.equal(late.exitCode, 10)
    t.match(late.stderr, 'Waiting for 02AA01AC31140KD6 to call; it sleeps up to 5 min (1 s)')
    t.match(late.stdout, '(change 2)')

    const expired = await at(home, [...set, '--timeout', '2400'])
    t.equal(expired.exitCode, 10)
    t.match(expired.stdout, /✗ .* was not taken: the thermostat did not come back in time\./)
  },
)

t.test('says since when a thermostat was not heard from, and what that means', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const set = ['set', 'kitchen', '22', '--timeout', '1']
  const seen = clockTime(home.clock.now().wallMs)
  await home.unplug(thermostat)
  const between = await at(home, set)
  t.match(between.stdout, 'for the thermostat to call; it sleeps up to 5 min')
  home.clock.advance(330_000)
  const gone = await at(home, set, { interactive: true })
  t.equal(gone.exitCode, 10)
  t.match(gone.stderr, `Waiting for Kitchen, not heard from since ${seen} (0 s)`)
  t.match(gone.stdout, `for the thermostat, not heard from since ${seen} (change 2)`)
  const { stdout } = await at(home, ['status', 'kitchen'])
  t.match(stdout, new RegExp(`state +not heard from since ${seen}\\n  last seen +5 min ago`))
  t.match((await at(home, ['devices'])).stdout, `not heard from since ${seen}`)
})

t.test('a thermostat without an owner takes no commands here, unless by force', async (t) => {
  const home = await startHome(t)
  await home.thermostat({ name: 'Kitchen' })
  const dir = t.testdir({ 'week.json': '{"mode":"heat","weekdays":{"06:30":21}}' })
  for (const words of [
    ['set', 'kitchen', '21'],
    ['schedule', 'set', 'kitchen', join(dir, 'week.json')],
    ['schedule', 'clear', 'kitchen'],
    ['rename', 'kitchen', 'Den'],
  ]) {
    const refused = await at(home, words)
    t.equal(refused.exitCode, 12, words.join(' '))
    t.match(refused.stderr, /Kitchen \(.*\) is not paired.*"nle pair".*Get Entry Code.*--force/)
  }
  t.same((await home.ask('GET', '/api/changes')).body.changes, [], 'nothing was asked of it')
  t.equal((await at(home, ['set', 'kitchen', '21', '--force'])).exitCode, 0)
  t.equal((await at(home, ['rename', 'kitchen', 'Den', '--force'])).exitCode, 0)
  const command = { serial: SERIAL, command: 'set_temperature', value: 20 }
  t.equal((await home.ask('POST', '/command', command)).status, 200, 'a program is not refused')
})

t.test('Ctrl-C ends the wait, not the change', async (t) => {
  const home = await startHome(t)
  await codeOn(home)
  const stop = new AbortController()
  const { exitCode, stderr } = await at(home, ['set', '0KD6', 'away', 'on', '--force'], {
    stop: stop.signal,
    onSleep: () => stop.abort(),
  })
  t.equal(exitCode, 130)
  t.match(stderr, /change 1\) stays on its way/)
})

t.test('a range that a person types is refused where that of a client moves', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  // The thermostat has 20 to 24.
  const close = await at(home, ['set', 'kitchen', 'low', '23'])
  t.match(close, { exitCode: 2, stderr: /the high of now \(24\) must be at least 1\.5 °C above/ })
  t.match(await at(home, ['set', 'kitchen', 'fan', '12h']), {
    exitCode: 0,
    stdout: /fan on for 12 h/,
  })
})

t.test('prints a refusal of the server in its own words', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const cold = await at(home, ['set', 'kitchen', 'temperature', '-40C', '--no-wait'])
  t.equal(cold.exitCode, 2)
  const unknown = await at(home, ['set', 'kitchen', 'setting', 'hvac_heater_state=true'])
  t.match(unknown, { exitCode: 2, stderr: /not a setting that may be written/ })
  const nobody = await at(home, ['set', 'attic', 'mode', 'heat'])
  t.match(nobody, { exitCode: 4, stderr: /no thermostat "attic"\. There is Kitchen/ })
})

t.test('refuses wrong words first, then a missing server', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}`
  t.match(await nle(['set', 'x', 'fna', 'on', '--server', url]), { exitCode: 2 })
  t.match(await nle(['set', 'x', 'fan', 'on', '--timeout', '0']), { exitCode: 2 })
  t.match(await nle(['set', 'x', 'fan', 'on', '--server', url]), { exitCode: 3 })
  const none = await nle(['set', 'x', 'fan', 'on', '--db', '/nonexistent/nle.sqlite'])
  t.match(none, { exitCode: 3, stderr: /No nle server runs.*Start one with "nle serve"/ })
})

t.test('set warmer goes from what was asked last, a queued setpoint included', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  t.match(await at(home, ['set', 'kitchen', '21']), { exitCode: 0 })
  const ran = await at(home, ['set', 'kit', 'warmer', '0.5'])
  t.match(ran, { exitCode: 0, stdout: '✓ Kitchen: temperature 21 °C → 21.5 °C.\n' })
  t.match(await at(home, ['set', 'kitchen', 'off']), { exitCode: 0 })
  const off = await at(home, ['set', 'kitchen', 'warmer', '1'])
  t.match(off, { exitCode: 2, stderr: /Kitchen is off.*Give it a mode first/ })
})

t.test('steps of a thermostat that cannot be reached add up', async (t) => {
  const home = await startHome(t)
  const kitchen = await home.paired({ name: 'Kitchen' })
  await at(home, ['set', 'kitchen', '20'])
  await home.unplug(kitchen)
  for (const label of ['20 °C → 21 °C', '21 °C → 22 °C']) {
    const ran = await at(home, ['set', 'kitchen', 'warmer', '1', '--no-wait'])
    t.match(ran, { exitCode: 0, stdout: label })
  }
})

t.test('steps are in the unit that the thermostat shows', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  t.match(await at(home, ['set', 'kitchen', 'setting', 'temperature_scale=F']), { exitCode: 0 })
  t.match(await at(home, ['set', 'kitchen', '70']), { stdout: '✓ Kitchen: temperature 70 °F.\n' })
  const ran = await at(home, ['set', 'kitchen', 'cooler', '2'])
  t.match(ran, { exitCode: 0, stdout: '✓ Kitchen: temperature 70 °F → 68 °F.\n' })
})

t.test(
  'set all: every paired thermostat answers on its own line, and one that refuses fails',
  async (t) => {
    const home = await startHome(t)
    t.match(await at(home, ['set', 'all', '20']), {
      exitCode: 4,
      stderr: /No thermostat is paired/,
    })
    await home.paired({ name: 'Kitchen' })
    await home.paired({ name: 'Den', serial: '02AA01AC12345679' })
    await codeOn(home)
    const ran = await at(home, ['set', 'all', '20'], { interactive: true })
    t.match(ran, {
      exitCode: 0,
      stdout: '✓ Kitchen: temperature 20 °C.\n✓ Den: temperature 20 °C.\n',
      stderr: 'Waiting for Kitchen, Den',
    })
    await at(home, ['set', 'den', 'off'])
    const step = await at(home, ['set', 'all', 'warmer', '1'])
    t.match(step, {
      exitCode: 2,
      stdout: /^✓ Kitchen: temperature 20 °C → 21 °C\.\n✗ Den: Den is off/,
    })
    const noted = await at(home, ['set', 'ALL', '19'])
    t.match(noted, { exitCode: 0, stderr: /Den: It is off/ })
    const json = await at(home, ['set', 'all', 'cooler', '1', '--json'])
    t.match(JSON.parse(json.stdout), {
      thermostats: [
        { name: 'Kitchen', changes: [{ state: 'confirmed' }] },
        { name: 'Den', changes: [], error: { code: 'invalid' } },
      ],
    })
    t.equal(json.exitCode, 2)
  },
)
