import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ProfileOptions } from '../../../src/virtual/index.ts'
import { type Home, startHome } from '../../helpers/home.ts'
import { nle, type ShellOptions } from '../shell.ts'

/** A home with a thermostat, and a person whose editor is a shell script. */
async function start(t: Test, profile: Partial<ProfileOptions> = {}) {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Kitchen', ...profile })
  const folder = join(t.testdir({}), 'state')
  const script = join(t.testdirName, 'editor')
  const edit = (body: string, options: ShellOptions = {}, args: readonly string[] = []) => {
    writeFileSync(script, `#!/bin/sh\n${body}\n`)
    chmodSync(script, 0o755)
    return nle(['schedule', 'edit', ...args, '--server', home.server.controlUrl], {
      interactive: true,
      onSleep: (ms) => home.clock.advance(ms),
      ...options,
      env: { PATH: process.env.PATH, XDG_STATE_HOME: folder, EDITOR: script, ...options.env },
    })
  }
  const kept = () => readdirSync(join(folder, 'nle'))
  return { home, thermostat, folder, edit, kept }
}

/** How many commands the server was sent. */
async function sent(home: Home): Promise<number> {
  return ((await home.ask('GET', '/api/changes')).body.changes as unknown[]).length
}

const SEND = ['Send it to Kitchen?', 'y\n'] as const

t.test('edits the week as text, shows what changes, asks, and sends it', async (t) => {
  const { thermostat, edit, kept } = await start(t)
  const found = await edit(
    `cp "$1" ${t.testdirName}/seen; sed -i 's/^Monday .*/Monday 06:30 21.5  22:00 17/' "$1"`,
    { typed: [SEND] },
  )
  t.match(
    readFileSync(join(t.testdirName, 'seen'), 'utf8'),
    /^# The week of Kitchen\..*\n\nCurrent schedule \(heat, °C\)\nMonday {5}07:00 20 {3}22:00 17\n/s,
  )
  t.equal(found.exitCode, 0)
  t.match(
    found.stdout,
    'Monday (°C)\n  before   07:00 20     22:00 17\n  after    06:30 21.5   22:00 17\n✓ Kitchen: schedule "Current schedule".\n',
  )
  t.match(thermostat.value('schedule'), {
    schedule_mode: 'HEAT',
    days: { 0: { 0: { time: 23_400, temp: 21.5 } }, 1: { 0: { time: 25_200, temp: 20 } } },
  })
  t.strictSame(kept(), [], 'the file is gone')
})

t.test('unchanged text sends nothing and asks nothing', async (t) => {
  const { home, edit, kept } = await start(t)
  const said = 'Nothing was changed, so nothing was sent.\n'
  t.match(await edit('true'), { exitCode: 0, stdout: said })
  const other = await edit(`echo '# a thought' >> "$1"`)
  t.match(other, { exitCode: 0, stdout: 'Kitchen has this week already. Nothing was sent.' })
  t.equal(await sent(home), 0)
  t.strictSame(kept(), [])
})

t.test('a mistake is named with its line, and the editor opens again', async (t) => {
  const { thermostat, edit } = await start(t)
  const found = await edit(
    `grep -q 20.5 "$1" && sed -i 's/25:00/06:30/' "$1" || sed -i 's/^Monday .*/Monday 25:00 20.5/' "$1"`,
    { typed: [['Open the editor again?', 'y\n'], SEND] },
  )
  t.equal(found.exitCode, 0)
  t.match(found.stderr, /Nothing was sent: line \d+: "25:00" is not a time of day: write "06:30"\./)
  t.match(thermostat.value('schedule'), { days: { 0: { 0: { time: 23_400, temp: 20.5 } } } })
})

t.test('text that was not sent is kept, and the command to send it works', async (t) => {
  const { home, thermostat, edit } = await start(t)
  const wrong = `sed -i 's/^Monday .*/Monday 06:30 99/' "$1"`
  const refused = await edit(wrong, { typed: [['Open the editor again?', 'n\n']] })
  t.match(refused, { exitCode: 130, stderr: /line \d+: Monday 06:30: 99 °C is too hot/ })
  const line = Number(/line (\d+)/.exec(refused.stderr)?.[1])
  const lines = readFileSync(fileIn(refused.stderr), 'utf8').split('\n')
  t.equal(lines[line - 1], 'Monday 06:30 99')

  const right = `sed -i 's/^Monday .*/Monday 06:30 19/' "$1"`
  const declined = await edit(right, { typed: [['Send it to Kitchen?', 'n\n']] })
  t.match(declined, { exitCode: 130, stderr: 'Nothing was changed.' })
  const aborted = await edit(`${right}; exit 1`)
  t.match(aborted, { exitCode: 130, stderr: /the editor ".*" ended with 1/ })
  t.match(readFileSync(fileIn(aborted.stderr), 'utf8'), 'Monday 06:30 19')
  t.equal(await sent(home), 0)

  const set = ['schedule', 'set', 'Kitchen', fileIn(declined.stderr)]
  const options = { onSleep: (ms: number) => home.clock.advance(ms) }
  t.match(await nle([...set, '--server', home.server.controlUrl], options), { exitCode: 0 })
  t.match(thermostat.value('schedule'), { days: { 0: { 0: { temp: 19 } } } })
})

/** The file that a message names. */
function fileIn(stderr: string): string {
  return /Your text is in (\S+)\. To send it: nle schedule set Kitchen \S+/.exec(stderr)?.[1] ?? ''
}

t.test('text that empties days says so before it asks', async (t) => {
  const { thermostat, edit } = await start(t)
  const question = 'Nothing is set on Saturday and Sunday any more'
  const found = await edit(`sed -i '/^S/d' "$1"`, { typed: [[question, 'y\n']] })
  t.match(found, {
    exitCode: 0,
    stdout: /Saturday and Sunday \(°C\)\n {2}before.*\n {2}after {4}–\n/,
  })
  t.match(thermostat.value('schedule'), { days: { 4: { 0: { temp: 20 } }, 5: {}, 6: {} } })
})

t.test('in heat-cool the week has ranges, in the unit that the thermostat shows', async (t) => {
  const { home, folder, edit } = await start(t)
  const server = ['--no-wait', '--server', home.server.controlUrl]
  const file = join(folder, '..', 'week')
  writeFileSync(file, '(heat-cool, °F)\nall 07:00 68-75')
  t.equal((await nle(['schedule', 'set', 'Kitchen', file, ...server])).exitCode, 0)
  const seen = async (): Promise<string> => {
    t.match(await edit(`cp "$1" ${file}`), { exitCode: 0 })
    return readFileSync(file, 'utf8')
  }
  t.match(await seen(), /\(heat-cool, °C\)\nMonday {5}07:00 20–23.89\n/)
  const scale = ['set', 'Kitchen', 'setting', 'temperature_scale=F', ...server]
  t.equal((await nle(scale)).exitCode, 0)
  t.match(await seen(), /\(heat-cool, °F\)\nMonday {5}07:00 68–75\n/)
})

t.test('tells when the week changed while it was edited', async (t) => {
  const { home, edit } = await start(t)
  const url = home.server.controlUrl
  const serial = '02AA01AC12345678'
  const other = JSON.stringify({
    serial,
    command: 'set_schedule',
    value: { schedule_mode: 'HEAT', days: { 0: [{ time: 3600, temp: 15 }] } },
  })
  const meanwhile = `curl -s -H 'Content-Type: application/json' -d '${other}' ${url}/command >/dev/null`
  const found = await edit(`${meanwhile}; sed -i 's/^Monday .*/Monday 06:30 21/' "$1"`, {
    typed: [SEND],
  })
  t.match(found.stderr, 'The week changed while you were editing.')
  t.match(found.stdout, /Monday \(°C\)\n {2}before {3}01:00 15\n {2}after {4}06:30 21\n/)
})

t.test('without a terminal it asks nothing and needs --yes', async (t) => {
  const { home, thermostat, edit, kept } = await start(t)
  const change = `sed -i 's/^Monday .*/Monday 06:30 21/' "$1"`
  const refused = await edit(change, { interactive: false })
  t.match(refused, { exitCode: 2, stderr: /there is no terminal to ask on\. Add --yes/ })
  const wrong = await edit(`echo x >> "$1"`, { interactive: false }, ['--yes'])
  t.match(wrong, { exitCode: 2, stderr: /Nothing was sent: line \d+: "x" is not a day/ })
  t.equal(await sent(home), 0)
  t.equal(kept().length, 1)
  const json = await edit(change, { interactive: false }, ['--yes', '--json'])
  t.match(JSON.parse(json.stdout), { serial: thermostat.serial, changes: [{ state: 'confirmed' }] })
})

t.test('says when there is no editor, or it does not start', async (t) => {
  const { edit, kept } = await start(t)
  const none = await edit('true', { env: { EDITOR: '', PATH: '/nonexistent' } })
  t.match(none, { exitCode: 2, stderr: /no nano and no vi\. Name one, as in: EDITOR=micro/ })
  const unknown = await edit('true', { env: { VISUAL: 'no-such-editor -x' } })
  t.match(unknown, { exitCode: 2, stderr: /"no-such-editor -x" cannot be started/ })
  t.strictSame(kept(), [])
})

t.test('several thermostats have to be told apart', async (t) => {
  const { home, edit } = await start(t)
  await home.paired({ name: 'Living room', serial: '02AA01AC12345679' })
  t.match(await edit('true'), {
    exitCode: 2,
    stderr: /Say for which thermostat, as in: nle schedule edit .*There is .*Living room/,
  })
  t.match(await edit('true', {}, ['living']), { exitCode: 0 })
})
