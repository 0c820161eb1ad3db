import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { nle, type ShellOptions } from '../shell.ts'

const WEEK =
  '{ "mode": "heat",\n  "weekdays": { "06:30": 21, "22:30": "62F" },\n  "weekend": { "08:00": 21 } }'

t.test(
  'sets a week from a file, shows it as a table, and takes what it shows; in either order',
  async (t) => {
    const home = await startHome(t)
    const thermostat = await home.paired({ name: 'Kitchen' })
    const server = ['--server', home.server.controlUrl]
    const file = join(t.testdir({ 'week.json': WEEK }), 'week.json')
    const options = { onSleep: (ms: number) => home.clock.advance(ms) }

    const waiting = { ...options, interactive: true }
    const set = await nle(['schedule', 'set', 'kitchen', file, ...server], waiting)
    t.match(set, { exitCode: 0, stdout: /✓ Kitchen: schedule/ })
    t.match(set.stderr, 'Waiting for Kitchen to confirm; a schedule takes it half a minute', 'why')
    t.match(thermostat.value('schedule').schedule_mode, 'HEAT')
    const { stdout } = await nle(['schedule', 'show', 'kitchen', ...server])
    t.match(stdout, /\(heat, °C\)\nMonday {5}06:30 21 {6}22:30 16\.67\n/)
    t.match(stdout, /\nSunday {5}08:00 21\n$/)

    const json = await nle(['schedule', 'show', 'kitchen', '--json', ...server])
    const copy = join(t.testdir({}), 'copy.json')
    writeFileSync(copy, json.stdout)
    const args = ['schedule', 'set', copy, 'kitchen', '--no-wait', ...server]
    const again = await nle(args)
    t.match(again, { exitCode: 0, stdout: 'Kitchen has this week already. Nothing was sent.' })
  },
)

t.test(
  'a file without a mode takes that of the thermostat; another mode gets a note',
  async (t) => {
    const home = await startHome(t)
    await home.paired({ name: 'Kitchen' })
    const dir = t.testdir({
      'range.json': '{"mon": {"07:00": "19-24"}}',
      'heat-cool.json': '{"mode": "heat-cool", "mon": {"07:00": "19-24"}}',
      'heat.json': '{"mon": {"06:30": 20}}',
    })
    const set = (file: string) =>
      nle([
        ...['schedule', 'set', 'kitchen', join(dir, file), '--no-wait', '--yes'],
        ...['--server', home.server.controlUrl],
      ])
    t.match(await set('range.json'), {
      exitCode: 2,
      stderr: /range\.json: line 1: mon 07:00: "19-24" is a range.*"mode": "heat-cool"/,
    })
    t.match(await set('heat-cool.json'), {
      exitCode: 0,
      stderr:
        'It is in heat: a heat-cool schedule counts when it is in heat-cool ("mode heat-cool").',
    })
    const { stderr } = await set('heat.json')
    t.equal(stderr, 'The schedule changes from heat-cool to heat.\n', 'heat is still its mode')
  },
)

/** A thermostat that has 07:00 20 and 22:00 17 on every day, and what `nle schedule` says about it. */
async function kitchen(t: Test) {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen' })
  const state = join(t.testdir({}), 'state')
  const run = (line: string, options: ShellOptions = {}) =>
    nle(['schedule', ...line.split(' '), '--server', home.server.controlUrl], {
      onSleep: (ms) => home.clock.advance(ms),
      ...options,
      env: { XDG_STATE_HOME: state },
    })
  return { home, thermostat, state, run }
}

t.test('sets single setpoints on days, and shows the days that changed', async (t) => {
  const { thermostat, run } = await kitchen(t)
  const found = await run('set kitchen mon,tue 06:30 20.5')
  t.match(found, {
    exitCode: 0,
    stdout: `Monday and Tuesday (°C)
  before   07:00 20     22:00 17
  after    06:30 20.5   07:00 20     22:00 17
✓ Kitchen: schedule "Current schedule".`,
    stderr: '',
  })
  t.match(thermostat.value('schedule').days, {
    1: { 0: { time: 23_400, temp: 20.5 }, 1: { time: 25_200, temp: 20 }, 2: { temp: 17 } },
    2: { 0: { time: 25_200, temp: 20 }, 1: { temp: 17 } },
  })
  t.match(await run('set kitchen weekend 07:00 70F 22:00 16,5 --no-wait'), {
    exitCode: 0,
    stdout: /Saturday and Sunday \(°C\)\n.*\n {2}after {4}07:00 21.11 {3}22:00 16.5\n/,
  })
  const spoken = await run('set kitchen mon, wed - fri 07:00 20 C --no-wait')
  t.match(spoken.stdout, 'Kitchen has this week already. Nothing was sent.')
})

t.test('a number that can only be °F is taken as such where °F is shown', async (t) => {
  const { home, run } = await kitchen(t)
  const scale = { serial: SERIAL, command: 'set_device_setting', value: { temperature_scale: 'F' } }
  await home.ask('POST', '/command', scale)
  const found = await run('set kitchen mon 07:00 70 22:00 17 --no-wait')
  t.match(found.stdout, /^Monday \(°F\)\n {2}before {3}07:00 68 .*\n {2}after {4}07:00 70 /)
  const range = await run('set kitchen mon 07:00 66-75')
  t.match(range.stderr, /"66-75F" is a range, and heat takes one temperature/)
})

t.test('a single setpoint does not replace a week that was never told', async (t) => {
  const { home, run } = await kitchen(t)
  const silent = new Device(t, home, '02AA01AC0000S0FA')
  const key = `shared.${silent.serial}`
  await silent.put({ [key]: { object_key: key, target_temperature: 20 } })
  t.match(await run('set S0FA mon 06:30 20 --yes --force'), {
    exitCode: 4,
    stderr: /has not told its schedule yet.*"nle schedule edit" sends a whole week/,
  })
  t.match(await run('clear S0FA --force'), { exitCode: 2, stderr: /no terminal to ask on/ })
  const question = 'has not told its week, so it cannot be brought back'
  const cleared = await run('clear S0FA --no-wait --force', {
    interactive: true,
    typed: [[question, 'y\n']],
  })
  t.match(cleared, { exitCode: 0, stdout: /empty schedule waits for/ })
})

t.test('removes setpoints and copies days', async (t) => {
  const { thermostat, run } = await kitchen(t)
  t.match(await run('remove kitchen mon 07:00 --no-wait'), {
    exitCode: 0,
    stdout: 'Monday (°C)\n  before   07:00 20   22:00 17\n  after    22:00 17\n',
  })
  t.match(await run('copy kitchen mon tue-fri'), {
    exitCode: 0,
    stdout: 'Tuesday to Friday (°C)\n  before   07:00 20   22:00 17\n  after    22:00 17\n',
  })
  const { days } = thermostat.value('schedule') as { days: JsonObject }
  for (const day of [0, 4]) t.match(days[day], { 0: { time: 79_200, temp: 17 } })
  t.match(days[6], { 0: { time: 25_200 } })
})

t.test('a change that empties days says so and asks', async (t) => {
  const { home, run } = await kitchen(t)
  const refused = await run('remove kitchen sun 07:00 22:00')
  t.match(refused, {
    exitCode: 2,
    stderr: /nothing is set on Sunday any more.* no terminal to ask on\. Add --yes/,
  })
  const no = await run('remove kitchen sun 07:00 22:00', {
    interactive: true,
    typed: [['Send it all the same?', 'n\n']],
  })
  t.match(no, { exitCode: 130, stderr: 'Nothing was changed.' })
  t.strictSame((await home.ask('GET', '/api/changes')).body.changes, [])
  t.match(await run('remove kitchen sun 07:00 22:00 --no-wait --yes'), { exitCode: 0 })
  const file = join(t.testdirName, 'week')
  writeFileSync(file, 'mon 07:00 20')
  const week = await run(`set kitchen ${file}`)
  t.match(week, { exitCode: 2, stderr: /nothing is set on Tuesday to Saturday any more/ })
  writeFileSync(file, 'all -')
  t.match(await run(`set kitchen ${file}`), { exitCode: 2, stderr: /no setpoint is left in the/ })
})

t.test('clear asks, and leaves a file that brings the week back', async (t) => {
  const { thermostat, state, run } = await kitchen(t)
  t.match(await run('clear kitchen'), { exitCode: 2, stderr: /Add --yes/ })
  const no = { interactive: true, typed: [['Send it all the same?', 'n\n']] as const }
  t.match(await run('clear kitchen', no), { exitCode: 130 })
  t.notOk(existsSync(state), 'nothing was cleared, nothing is kept')

  const yes = { interactive: true, typed: [['Send it all the same?', 'y\n']] as const }
  const { exitCode, stdout, stderr } = await run('clear kitchen', yes)
  t.equal(exitCode, 0)
  t.match(
    stdout,
    'Monday to Sunday (°C)\n  before   07:00 20   22:00 17\n  after    –\n✓ Kitchen: empty schedule.',
  )
  t.strictSame(thermostat.value('schedule').days, {})
  t.match((await run('show')).stdout, /Monday {5}–\n/)
  t.match(await run('clear kitchen'), { exitCode: 0, stdout: /no setpoints\. Nothing was sent/ })

  const undo = /To have it again: nle schedule (set Kitchen \S+)/.exec(stderr)?.[1] ?? ''
  t.match(undo, join(state, 'nle', 'schedule-'))
  t.match(await run(undo), { exitCode: 0 })
  t.match((await run('show')).stdout, /Sunday {5}07:00 20 {3}22:00 17\n$/)
})

t.test('a week that cannot be kept is not cleared', async (t) => {
  const { home, run, state } = await kitchen(t)
  mkdirSync(state)
  writeFileSync(join(state, 'nle'), 'a file in the place of the folder')
  const before = process.env.TMPDIR
  process.env.TMPDIR = join(state, 'none')
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  t.match(await run('clear kitchen --yes'), {
    exitCode: 2,
    stderr: /Nothing was changed: the present week cannot be kept.*XDG_STATE_HOME/,
  })
  t.strictSame((await home.ask('GET', '/api/changes')).body.changes, [])
})

t.test('a schedule has a longer timeout than other commands (D6)', async (t) => {
  for (const command of ['edit', 'set', 'remove', 'copy', 'clear']) {
    const { stdout } = await nle(['schedule', command, '--help'])
    t.match(stdout, /--timeout <seconds> +how long to wait \(default: "120"\)/)
  }
})

t.test('a schedule soon after another is reported as waiting for its turn (D6)', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const file = join(t.testdir({ 'week.json': WEEK }), 'week.json')
  const args = ['--no-wait', '--server', home.server.controlUrl]
  t.match(await nle(['schedule', 'set', 'kitchen', file, ...args]), { exitCode: 0 })
  const second = await nle(['schedule', 'copy', 'kitchen', 'sat', 'fri', ...args])
  t.match(
    second.stdout,
    /^… Kitchen: schedule "Current schedule" waits for its turn \(change \d+\)\.$/m,
  )
})

t.test('refuses a wrong file with its line before it looks for a server', async (t) => {
  const dir = t.testdir({
    'bad.json': WEEK.replace('22:30', '25:30'),
    'broken.json': '{',
    'line.txt': '# mine\nMonday 07:00 2',
  })
  const set = (file: string) => nle(['schedule', 'set', 'kitchen', join(dir, file)])
  t.match(await set('bad.json'), {
    exitCode: 2,
    stderr: /bad\.json: line 2: "25:30" is not a time/,
  })
  t.match(await set('broken.json'), { exitCode: 2, stderr: /broken\.json: line 1/ })
  t.match(await set('line.txt'), {
    exitCode: 2,
    stderr: /line\.txt: line 2: Monday 07:00: 2 is too cold.*4\.5 to 32 °C \(40\.1 to 89\.6 °F\)/,
  })
  t.match(await set('none.json'), { exitCode: 4, stderr: /There is no file .*none\.json/ })
  t.match(await set('.'), { exitCode: 2, stderr: /cannot be read/ })
})
