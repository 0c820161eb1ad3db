import t from 'tap'
import { reportSettings, resolveConfig, SETTINGS } from '../src/config.ts'

t.test('flag before environment before file before default', async (t) => {
  const env = { SERVER_PORT: '9001', CONTROL_PORT: '9002' }
  const file = { SERVER_PORT: '9101', CONTROL_PORT: '9102', SUSPEND_TIME_MAX: '200' }
  const { config, sources } = resolveConfig({ serverPort: '9201' }, env, file)
  t.match(config, { serverPort: 9201, controlPort: 9002, suspendTimeMaxS: 200 })
  const source = (name: string) => sources.find((each) => each.name === name)?.source
  t.strictSame(['serverPort', 'controlPort', 'suspendTimeMaxS', 'logLevel'].map(source), [
    'flag',
    'environment',
    'file',
    'default',
  ])
})

t.test('a variable that is empty is not set, and names count in any case', async (t) => {
  const { config } = resolveConfig(
    {},
    { SERVER_PORT: '', control_port: '9002' },
    { server_port: '1' },
  )
  t.match(config, { serverPort: 1, controlPort: 9002 })
})

t.test('the settings of the existing server have its defaults', async (t) => {
  const { config } = resolveConfig({}, {})
  t.match(config, {
    serverHost: '0.0.0.0',
    serverPort: 8000,
    controlHost: '0.0.0.0',
    controlPort: 8082,
    certDir: undefined,
    entryKeyTtlS: 3600,
    weatherCacheTtlMs: 600_000,
    maxSubscriptionsPerDevice: 100,
    suspendTimeMaxS: 300,
    deferDeviceWindowS: 15,
    disableDeferWindowS: 60,
    requireDevicePairing: false,
    debugLogging: false,
    debugLogsDir: './data/debug-logs',
    storeDeviceLogs: false,
    deviceLogsDir: './data/device-logs',
  })
})

t.test('yes and no in every form the existing server takes', async (t) => {
  for (const word of ['true', '1', 'Yes', 'on', 'T', 'y']) {
    const { config } = resolveConfig({}, { REQUIRE_DEVICE_PAIRING: word })
    t.equal(config.requireDevicePairing, true, word)
  }
  for (const word of ['false', '0', 'No', 'OFF', 'f', 'n']) {
    const { config } = resolveConfig({}, { REQUIRE_DEVICE_PAIRING: word })
    t.equal(config.requireDevicePairing, false, word)
  }
  t.equal(resolveConfig({ storeDeviceLogs: true }, {}).config.storeDeviceLogs, true, 'a bare flag')
})

t.test('E2: an origin without a port gets one', async (t) => {
  const rows: [string, Record<string, string>, string][] = [
    ['that of its scheme', { API_ORIGIN: 'http://nest.example' }, 'http://nest.example:80'],
    ['https by a proxy', { API_ORIGIN: 'https://nest.example' }, 'https://nest.example:443'],
    [
      'this machine’s own address means nle, as with the existing server',
      { API_ORIGIN: 'http://10.0.0.5/nle' },
      'http://10.0.0.5:8000/nle',
    ],
    ['another machine’s does not', { API_ORIGIN: 'http://10.0.0.6' }, 'http://10.0.0.6:80'],
    ['a port wins', { API_ORIGIN: 'http://10.0.0.5:9000' }, 'http://10.0.0.5:9000'],
    ['the scheme’s own port too', { API_ORIGIN: 'http://10.0.0.5:80/' }, 'http://10.0.0.5:80'],
    [
      'https by nle',
      { API_ORIGIN: 'https://nest.example', CERT_DIR: '/certs', SERVER_PORT: '8443' },
      'https://nest.example:8443',
    ],
  ]
  for (const [name, env, expected] of rows) {
    t.equal(resolveConfig({}, env, {}, ['10.0.0.5']).config.apiOrigin, expected, name)
  }
})

t.test('a bad value is refused by the name it was given under', async (t) => {
  const rows: [Record<string, string>, Record<string, string>, Record<string, string>, RegExp][] = [
    [{ serverPort: 'x' }, {}, {}, /^--port is "x": it has to be a whole number/],
    [{}, { SERVER_PORT: '70000' }, {}, /^SERVER_PORT is "70000"/],
    [{}, {}, { DEBUG_LOGGING: 'maybe' }, /^DEBUG_LOGGING in \.env is "maybe": .*true or false/],
    [{}, { WEATHER_URL: 'ftp://x' }, {}, /^WEATHER_URL .*http/],
    [{}, { API_ORIGIN: 'nest' }, {}, /^API_ORIGIN is "nest": .*write http:/],
  ]
  for (const [flags, env, file, message] of rows) {
    t.throws(() => resolveConfig(flags, env, file), { code: 'invalid', message })
  }
})

t.test('flags, variables and help texts are there once each', async (t) => {
  const settings = Object.values(SETTINGS)
  for (const names of [
    settings.map(({ flag, env }) => flag?.split(' ')[0] ?? env),
    settings.map((s) => s.env),
  ]) {
    t.equal(new Set(names).size, settings.length)
  }
  for (const { help, env } of settings) t.ok(help.length > 0, env)
})

t.test('trusted proxies are addresses and subnets; anything else refuses the start', async (t) => {
  const { config } = resolveConfig({}, { TRUSTED_PROXIES: '172.18.0.2, fd00::/8' })
  t.match(config.trustedProxies, [{ prefixBits: 32 }, { prefixBits: 8 }])
  t.strictSame(resolveConfig({}, {}).config.trustedProxies, [])
  t.throws(() => resolveConfig({}, { TRUSTED_PROXIES: '172.18.0.2,traefik' }), {
    code: 'invalid',
    message: /^TRUSTED_PROXIES is .*: traefik is no IP address or subnet such as 172\.18\.0\.2/,
  })
})

t.test('a database URL is never shown with its password, and no flag takes one', async (t) => {
  const url = 'postgres://nle:hidden@db.example.org/nle'
  const { config, sources } = resolveConfig({}, { DATABASE_URL: url })
  t.equal(config.databaseUrl, url)
  const shown = reportSettings(sources, { config, databasePath: 'x' })
  t.notMatch(JSON.stringify(shown), /hidden/)
  const refused = (flags: Record<string, string>, env: Record<string, string> = {}): string => {
    try {
      resolveConfig(flags, env)
      return ''
    } catch (error) {
      return String(error)
    }
  }
  t.match(refused({ databaseUrl: url }), /--database is .*belongs into DATABASE_URL/)
  t.notMatch(refused({ databaseUrl: url }), /hidden/)
  t.match(refused({ databaseUrl: 'postgres://nle@db/nle?password=hidden' }), /belongs into/)
  t.equal(refused({ databaseUrl: 'postgres://nle@db/nle' }), '')
  for (const wrong of ['mysql://a:hidden@db/nle', 'nle.sqlite', 'postgres://db']) {
    const message = refused({}, { DATABASE_URL: wrong })
    t.match(message, /DATABASE_URL is .*has to be a URL/)
    t.notMatch(message, /hidden/)
  }
})
