import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { systemHost } from '../../../src/commands/service/host.ts'
import { withVariable } from '../../../src/commands/service/service-settings.ts'

t.test('a setting of the service is replaced or added; everything else stays', async (t) => {
  const set = (text: string) => withVariable(text, 'API_ORIGIN', 'http://a:8000')
  t.equal(set(''), 'API_ORIGIN=http://a:8000\n')
  t.equal(set('# Note\nLOG=x'), '# Note\nLOG=x\nAPI_ORIGIN=http://a:8000\n')
  t.equal(
    set('A=1\nAPI_ORIGIN=old\n# API_ORIGIN=example\nB=2\nAPI_ORIGIN=older\n'),
    'A=1\nAPI_ORIGIN=http://a:8000\n# API_ORIGIN=example\nB=2\n',
  )
})

t.test('settings that only some may read stay so when one is written', async (t) => {
  const path = join(t.testdir({ nle: 'MQTT_PASSWORD=x\n' }), 'nle')
  chmodSync(path, 0o640)
  systemHost().write(path, 'A=1\n')
  t.equal(statSync(path).mode & 0o777, 0o640)
  t.equal(systemHost().read(path), 'A=1\n')
  const fresh = `${path}.service`
  systemHost().write(fresh, '')
  t.equal(statSync(fresh).mode & 0o777, 0o644)
})
