import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

const WEEK =
  '{ "mode": "heat",\n  "weekdays": { "06:30": 21, "22:30": "62F" },\n  "weekend": { "08:00": 21 } }'

t.test('sets a week from a file, shows it as a table, and clears it', async (t) => {
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
  t.match(stdout, /\(heat, °C\)\nMonday {5}06:30 21 {5}22:30 16\.7\n/)
  t.match(stdout, /\nSunday {5}08:00 21\n$/)

  const json = await nle(['schedule', 'show', 'kitchen', '--json', ...server])
  const copy = join(t.testdirName, 'copy.json')
  writeFileSync(copy, json.stdout)
  const again = ['schedule', 'set', copy, 'kitchen', '--no-wait', ...server]
  t.match(await nle(again), { exitCode: 0 }, 'what show prints, set takes; in either order')

  const cleared = await nle(['schedule', 'clear', 'kitchen', '--no-wait', ...server])
  t.match(cleared, { exitCode: 0, stdout: /no schedule/ })
  const empty = await nle(['schedule', 'show', 'kitchen', ...server])
  t.match(empty.stdout, /Monday {5}–\n/)
})

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
        ...['schedule', 'set', 'kitchen', join(dir, file), '--no-wait'],
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
    t.match(await set('heat.json'), { exitCode: 0, stderr: '' }, 'heat is still its mode')
  },
)

t.test('a schedule has a longer timeout than other commands (D6)', async (t) => {
  for (const command of ['set', 'clear']) {
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
  const second = await nle(['schedule', 'clear', 'kitchen', ...args])
  t.match(second.stdout, /^… Kitchen: no schedule waits for its turn \(change \d+\)\.$/m)
})

t.test('refuses a wrong file with its line before it looks for a server', async (t) => {
  const dir = t.testdir({ 'bad.json': WEEK.replace('22:30', '25:30'), 'broken.json': '{' })
  const set = (file: string) => nle(['schedule', 'set', 'kitchen', join(dir, file)])
  t.match(await set('bad.json'), {
    exitCode: 2,
    stderr: /bad\.json: line 2: "25:30" is not a time/,
  })
  t.match(await set('broken.json'), { exitCode: 2, stderr: /broken\.json: line 1/ })
  t.match(await set('none.json'), { exitCode: 4, stderr: /There is no file .*none\.json/ })
  t.match(await set('.'), { exitCode: 2, stderr: /cannot be read/ })
})
