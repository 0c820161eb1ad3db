import t from 'tap'
import { main } from '../../../src/commands/main.ts'
import { readSettings } from '../../../src/commands/options/settings.ts'
import { settingTable } from '../../../src/commands/verbs/config.ts'
import { reportSettings, resolveConfig } from '../../../src/config.ts'
import { startHome } from '../../helpers/home.ts'
import { memoryIo } from '../memory-io.ts'
import { nle } from '../shell.ts'

t.test('prints every setting with its source', async (t) => {
  const { io, stdout } = memoryIo({
    env: { CONTROL_PORT: '9002', SQLITE3_DB_PATH: '/x/nle.sqlite' },
  })
  t.equal(await main(['config', '--port', '9001'], io), 0)
  const printed = stdout()
  t.match(printed, /^SERVER_PORT +9001 +flag$/m)
  t.match(printed, /^CONTROL_PORT +9002 +environment$/m)
  t.match(printed, /^SUSPEND_TIME_MAX +300 +default$/m)
  t.match(printed, /^SQLITE3_DB_PATH +\/x\/nle\.sqlite +environment$/m)
})

t.test('--json prints the same settings', async (t) => {
  const { io, stdout } = memoryIo({ env: { XDG_DATA_HOME: '/data' } })
  t.equal(await main(['config', '--log-level', 'warn', '--json'], io), 0)
  const { settings } = JSON.parse(stdout())
  t.match(
    settings.find(({ name }: { name: string }) => name === 'SQLITE3_DB_PATH'),
    { value: '/data/nle/nle.sqlite', source: 'default' },
    'with what nle finds by itself',
  )
})

t.test('shows the raised value of a setting with a floor (P4)', async (t) => {
  const { io, stdout } = memoryIo()
  t.equal(await main(['config', '--entry-key-ttl', '5'], io), 0)
  t.match(stdout(), /^ENTRY_KEY_TTL_SECONDS +2100 +flag$/m)
})

t.test('reads .env of the working folder', async (t) => {
  const folder = t.testdir({
    '.env':
      '\uFEFF# made for the existing server\nexport SERVER_PORT=9003\nAPI_ORIGIN="http://10.0.0.5"\n',
  })
  const { io } = memoryIo({ env: { API_ORIGIN: 'http://10.0.0.6:1' } })
  const { config, sources, file } = readSettings({}, io, folder)
  t.match(config, { serverPort: 9003, apiOrigin: 'http://10.0.0.6:1' })
  t.equal(sources.find(({ name }) => name === 'serverPort')?.source, 'file')
  t.equal(file, `${folder}/.env`)
})

t.test('works without .env, and with a folder of that name', async (t) => {
  const { io } = memoryIo()
  t.equal(readSettings({}, io, t.testdir({})).file, undefined)
  t.equal(readSettings({}, io, t.testdir({ '.env': {} })).file, undefined)
})

t.test('a value that does not fit the terminal has a line of its own', async (t) => {
  const path = '/a/long/path/to/the/database.sqlite'
  const { stdout } = await nle(['config', '--db', path], { columns: 60 })
  for (const line of stdout.split('\n')) t.ok(line.length <= 60, line)
  t.match(stdout, /^SERVER_PORT +8000 +default$/m)
  t.match(stdout, new RegExp(`^SQLITE3_DB_PATH +flag\\n  ${path}$`, 'm'))
})

t.test('masks passwords inside a URL', async (t) => {
  const env = { WEATHER_URL: 'https://me:pass@host/x', MQTT_PASSWORD: 'hunter2' }
  const { config, sources } = resolveConfig({}, env)
  const settings = reportSettings(sources, { config, databasePath: '/x' })
  const weather = settings.find(({ name }) => name === 'weatherUrl')
  t.match(weather, { value: 'https://me:********@host/x', flag: '--weather-url', secret: false })
  const password = settings.find(({ name }) => name === 'mqttPassword')
  t.match(password, { value: '********', flag: null, secret: true })
  const rows = settings.map(({ env: name, value, source }) => ({ name, value, source }))
  t.notMatch(settingTable(rows), /pass@|hunter2/)
})

t.test('E6: says what is read from a mistyped origin', async (t) => {
  const args = ['config', '--api-origin', 'http://nas.local:8000/entry']
  const text = memoryIo()
  t.equal(await main(args, text.io), 0)
  const printed = text.stdout()
  t.match(printed, /^API_ORIGIN +http:\/\/nas\.local:8000 +flag$/m)
  t.match(printed, /^note: of API_ORIGIN the end \/entry is dropped: .*$/m)
  t.match(printed, /^warning: thermostats cannot resolve nas\.local: [\s\S]* IP\s+address/m)
  const json = memoryIo()
  await main([...args, '--json'], json.io)
  t.match(JSON.parse(json.stdout()).remarks, [{ level: 'note' }, { level: 'warning' }])
  const refused = memoryIo()
  t.equal(await main(['config', '--api-origin', 'nas:8000'], refused.io), 2)
  t.match(
    refused.stderr(),
    '--api-origin is "nas:8000": it has to begin with http://: write http://nas:8000.',
  )
})

t.test('shows the settings of the running server, and says so', async (t) => {
  const { config, sources, remarks } = resolveConfig({ suspendTimeMaxS: '120' }, {})
  const given = { sources, remarks, file: undefined }
  const home = await startHome(t, { config: { suspendTimeMaxS: config.suspendTimeMaxS }, given })
  const { databasePath, server } = home
  const on = ['--db', databasePath]
  const shown = await nle(['config', ...on], { env: { SUSPEND_TIME_MAX: '60' } })
  t.match(shown.stdout, /^SUSPEND_TIME_MAX +120 +flag$/m, 'and not those of this shell')
  t.match(shown.stderr, `settings of the server at ${server.controlUrl}, on ${databasePath}`)
  const json = JSON.parse((await nle(['config', '--json', ...on])).stdout)
  t.match(json, { server: server.controlUrl, database: databasePath })
  const whatIf = await nle(['config', '--suspend-time-max', '60', ...on])
  t.match(whatIf.stdout, /^SUSPEND_TIME_MAX +60 +flag$/m)
  t.match(whatIf.stderr, /that a server started here now would have/)
  const remote = await nle(['config', '--server', server.controlUrl])
  t.match(remote.stdout, /^SUSPEND_TIME_MAX +120 +flag$/m)
  await home.stop()
  const none = await nle(['config', ...on])
  t.match(none.stdout, /^SUSPEND_TIME_MAX +300 +default$/m)
  t.match(none.stderr, /No server answers; these are/)
})
