import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readAddOnOptions } from '../../../src/commands/options/add-on-options.ts'
import { addOnSettings } from '../../../src/commands/options/settings.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { memoryIo } from '../memory-io.ts'

/** The settings of an add-on with these options. */
function settingsOf(t: Test, options: JsonObject, env: Record<string, string> = {}) {
  const file = join(t.testdir({ 'options.json': JSON.stringify(options) }), 'options.json')
  const { io, stderr } = memoryIo({ env: { SUPERVISOR_TOKEN: 'secret', ...env } })
  const read = readAddOnOptions(file)
  if (read === undefined) throw new Error('the options were not found')
  return { file, settings: addOnSettings({}, io, read), told: stderr() }
}

t.test('an option is the setting of the same name', async (t) => {
  const { settings, told, file } = settingsOf(t, {
    server_port: 8001,
    matter: true,
    device_auth: 'pin',
    allowed_hosts: ['nle.example.org', 'other.example.org'],
    cors_origins: [],
    mqtt_user: null,
    log_level: '',
  })
  t.match(settings.config, {
    serverPort: 8001,
    matter: true,
    deviceAuth: 'pin',
    allowedHosts: ['nle.example.org', 'other.example.org'],
    corsOrigins: [],
    mqttUser: undefined,
    logLevel: 'info',
  })
  t.equal(settings.sources.find(({ name }) => name === 'serverPort')?.source, 'file')
  t.equal(settings.file, file)
  t.equal(told, '')
})

t.test('the environment wins over an option', async (t) => {
  const { settings } = settingsOf(t, { log_level: 'debug' }, { LOG_LEVEL: 'warn' })
  t.equal(settings.config.logLevel, 'warn')
})

t.test('an option that nle does not know is told by name, without its value', async (t) => {
  const { settings, told } = settingsOf(t, {
    server_port: 8001,
    SERVER_PORT: 1,
    api_key: 'a secret',
    weather_url: { of: 'things' },
  })
  t.match(told, /no setting for SERVER_PORT, api_key, weather_url/)
  t.notMatch(told, 'a secret')
  t.equal(settings.config.serverPort, 8001)
})

t.test('an option that cannot be right is named with where it is, secrets masked', async (t) => {
  t.throws(() => settingsOf(t, { api_origin: 'ftp://x' }), {
    code: 'invalid',
    message: /^API_ORIGIN in the configuration of the add-on is "ftp:\/\/x"/,
  })
})

t.test('there may be none, and the file may not be readable', async (t) => {
  const folder = t.testdir({ 'options.json': '[1]', folder: {} })
  t.equal(readAddOnOptions(join(folder, 'none.json')), undefined)
  t.throws(() => readAddOnOptions(join(folder, 'options.json')), {
    code: 'invalid',
    message: /save .* again/i,
  })
  t.throws(() => readAddOnOptions(join(folder, 'folder')), { code: 'invalid' })
  if (process.getuid?.() === 0) return
  chmodSync(join(folder, 'options.json'), 0)
  t.throws(() => readAddOnOptions(join(folder, 'options.json')), { message: /run as root/ })
})
