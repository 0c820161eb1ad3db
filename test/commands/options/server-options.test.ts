import t from 'tap'
import { controlUrl, serverChoice } from '../../../src/commands/options/server-options.ts'

t.test('accepts short forms of the address of a server', async (t) => {
  t.equal(controlUrl('192.168.1.5'), 'http://192.168.1.5:8082')
  t.equal(controlUrl('nas:9000'), 'http://nas:9000')
  t.equal(controlUrl('nas:80'), 'http://nas')
  t.equal(controlUrl('http://nas'), 'http://nas', 'a URL is taken as it is')
  t.equal(controlUrl('https://nas.example/nle/'), 'https://nas.example/nle')
  for (const wrong of ['', 'ftp://nas', 'http://', 'a b']) {
    t.throws(() => controlUrl(wrong), { code: 'invalid' }, wrong)
  }
})

t.test('flags win over the environment, .env included', async (t) => {
  const env = { NLE_SERVER: 'nas', SQLITE3_DB_PATH: '/env.sqlite', HOME: '/home/anna' }
  t.match(serverChoice({}, env), { url: 'http://nas:8082' })
  t.match(serverChoice({ server: 'other' }, env), { url: 'http://other:8082' })
  t.strictSame(serverChoice({ db: '/flag.sqlite' }, env), {
    url: undefined,
    databasePath: '/flag.sqlite',
    databaseNamed: true,
  })
  t.strictSame(serverChoice({}, { HOME: '/home/anna' }), {
    url: undefined,
    databasePath: '/home/anna/.local/share/nle/nle.sqlite',
    databaseNamed: false,
  })
  t.throws(() => serverChoice({ server: 'nas', db: '/x' }, {}), { code: 'invalid' })
})
