import t from 'tap'
import { DEVICE_SETTINGS } from '../../../src/protocol/commands/device-settings.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

/** The words that are offered for the last one of `words`. */
async function offered(home: Home, ...words: string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await nle(['__complete', '--', ...words], {
    env: { NLE_SERVER: home.server.controlUrl },
  })
  t.equal(exitCode, 0)
  t.equal(stderr, '', 'nothing disturbs the line that is being typed')
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])
}

t.test('offers what fits at each place', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Hallway' })
  await home.paired({ name: 'Attic office', serial: '02AA01AC1234567A' })
  const rows: [words: string[], words: string[]][] = [
    [
      ['status', ''],
      ['Attic office', 'Hallway'],
    ],
    [['status', 'ha'], ['Hallway']],
    [
      ['set', 'a'],
      ['Attic office', 'all'],
    ],
    [
      ['set', '02AA01AC1234567'],
      ['02AA01AC1234567A', '02AA01AC12345678'],
    ],
    [['set', '--timeout', '5', '--no-wait', 'h'], ['Hallway']],
    [['set', '--timeout', ''], []],
    [['set', '-'], []],
    [
      ['schedule', 'copy', ''],
      ['Attic office', 'Hallway'],
    ],
    [
      ['set', 'hallway', 'he'],
      ['heat', 'heat-cool'],
    ],
    [
      ['set', 'hallway', 'mode', 'h'],
      ['heat', 'heat-cool'],
    ],
    [
      ['set', 'hallway', 'fan', ''],
      ['on', 'auto', '15m', '45m', '2h'],
    ],
    [
      ['set', 'hallway', 'away', 'o'],
      ['on', 'off'],
    ],
    [['set', 'hallway', 'temp', ''], []],
    [
      ['set', 'hallway', '21', 'ec'],
      ['eco', 'eco-low', 'eco-high'],
    ],
    [
      ['set', 'mode', 'hea'],
      ['heat', 'heat-cool'],
    ],
    [
      ['set', 'hallway', 'setting', 'target_'],
      ['target_humidity=', 'target_humidity_enabled='],
    ],
    [
      ['set', 'hallway', 'setting', 'temperature_lock=o'],
      ['temperature_lock=on', 'temperature_lock=off'],
    ],
    [
      ['set', 'hallway', 'setting', 'learning_mode=on', 'temperature_scale='],
      ['temperature_scale=C', 'temperature_scale=F'],
    ],
    [['set', 'hallway', 'setting', 'constructor='], []],
    [
      ['schedule', 'set', 'hallway', 'mon,t'],
      ['mon,tue', 'mon,thu'],
    ],
    [['schedule', 'set', 'hallway', 'mon', '0'], []],
    [['schedule', 'copy', 'hallway', 'm'], ['mon']],
    [
      ['schedule', 'copy', 'hallway', 'mon', 'we'],
      ['wed', 'weekdays', 'weekend'],
    ],
    [['nothing', ''], []],
    [[''], []],
    [[], []],
  ]
  for (const [words, expected] of rows) {
    t.strictSame((await offered(home, ...words)).sort(), [...expected].sort(), words.join(' '))
  }
  const settings = await offered(home, 'set', 'hallway', 'setting', '')
  t.strictSame(
    settings,
    Object.keys(DEVICE_SETTINGS).map((key) => `${key}=`),
    'every setting that can be written',
  )
})

t.test(
  'a thermostat whose name cannot be typed, or is that of two, is offered by its serial',
  async (t) => {
    const home = await startHome(t)
    const names: Readonly<Record<string, string>> = {
      '02AA01AC12345671': 'Den',
      '02AA01AC12345672': 'den',
      '02AA01AC12345673': '--force',
      '02AA01AC12345674': 'Loft\n\u001b[2Jrm',
      '02AA01AC12345675': 'Bath',
    }
    for (const [serial, name] of Object.entries(names)) await home.paired({ serial, name })
    t.strictSame(
      (await offered(home, 'status', '')).sort(),
      [...Object.keys(names).filter((serial) => names[serial] !== 'Bath'), 'Bath'].sort(),
    )
  },
)

t.test(
  'only verbs for unpaired thermostats offer them: their names come from strangers',
  async (t) => {
    const home = await startHome(t)
    await home.thermostat({ name: 'Stranger' })
    t.strictSame(await offered(home, 'status', ''), [])
    t.strictSame(await offered(home, 'dismiss', ''), ['Stranger'])
  },
)

t.test(
  'the server is found by its socket, and the database may be named on the line',
  async (t) => {
    const home = await startHome(t)
    await home.paired({ name: 'Hallway' })
    const { stdout } = await nle(['__complete', '--', 'status', '--db', home.databasePath, ''])
    t.equal(stdout, `Hallway\t${SERIAL}\n`)
  },
)

t.test('offers nothing, and says nothing, where no server answers', async (t) => {
  const home = await startHome(t)
  await home.stop()
  t.strictSame(await offered(home, 'status', ''), [])
  t.strictSame(await offered(home, 'status', '--db', home.databasePath, ''), [])
  t.strictSame(await offered(home, 'status', '--server', 'no server', ''), [])
})
