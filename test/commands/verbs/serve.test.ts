import { join } from 'node:path'
import t from 'tap'
import { setupCommand } from '../../../src/commands/verbs/serve.ts'
import { serveProcess, spawnServe } from '../../helpers/serve-process.ts'
import { nle } from '../shell.ts'

const SERVER = { controlUrl: 'http://127.0.0.1:8082' }

t.test('the banner names the command line with which "nle setup" finds this server', async (t) => {
  const env = { HOME: '/home/anna' }
  const usual = '/home/anna/.local/share/nle/nle.sqlite'
  t.equal(setupCommand(SERVER, usual, { env }), 'nle setup')
  t.equal(setupCommand(SERVER, '/x/nle.sqlite', { env }), 'nle setup --db /x/nle.sqlite')
  t.equal(setupCommand(SERVER, "/an na's/x", { env }), "nle setup --db '/an na'\\''s/x'")
  const named = { ...env, SQLITE3_DB_PATH: '/x/nle.sqlite' }
  t.equal(setupCommand(SERVER, '/x/nle.sqlite', { env: named }), 'nle setup')
  t.equal(setupCommand(SERVER, ':memory:', { env }), `nle setup --server ${SERVER.controlUrl}`)
  const elsewhere = { ...env, NLE_SERVER: 'nas:8082' }
  t.equal(setupCommand(SERVER, usual, { env: elsewhere }), `nle setup --db ${usual}`)
})

t.test('serve refuses one port for both listeners before it opens anything', async (t) => {
  const folder = join(t.testdir({}), 'data')
  const args = ['serve', '--db', join(folder, 'x.sqlite'), '--port', '21010']
  const ran = await nle([...args, '--control-port', '21010'])
  t.match(ran, { exitCode: 2, stderr: /^nle: Port 21010 cannot be both .*--control-port/ })
  t.match(await nle(['devices', '--db', join(folder, 'x.sqlite')]), { exitCode: 4 })
})

t.test('serve logs the address at which other machines reach the control API', async (t) => {
  const { controlUrl, log } = await serveProcess(t, join(t.testdir({}), 'x.sqlite'))
  const serving = log.find(({ event }) => event === 'serving')
  t.equal(serving?.lan_control_url, controlUrl, 'on loopback alone, where this machine finds it')
})

t.test('E6: serve says at its start what is wrong with the origin', async (t) => {
  const settings = { API_ORIGIN: 'http://nas.local:8000/entry' }
  const child = spawnServe(join(t.testdir({}), 'x.sqlite'), settings)
  t.teardown(() => child.end('SIGKILL'))
  const served = await child.serving
  await served.end('SIGTERM')
  t.match(
    served.log.filter(
      ({ level, event }) => level !== 'debug' && /origin|mDNS/i.test(String(event)),
    ),
    [
      { level: 'info', event: /the end \/entry/ },
      { level: 'warn', event: /mDNS/, mend: /IP address/ },
    ],
  )
  const serving = served.log.find(({ event }) => event === 'serving')
  t.equal(serving?.cloudregisterurl, 'http://nas.local:8000/entry')
})
