import { existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { main } from '../../../src/commands/main.ts'
import { ExistingDatabase } from '../../store/sqlite/existing-database.ts'
import { memoryIo } from '../memory-io.ts'

const SERIAL = '02AA01AC0000000001'

function source(t: Test) {
  return new ExistingDatabase(t)
    .state(SERIAL, `shared.${SERIAL}`, 4, 1000, { name: 'Ha\u001bll' })
    .owner(SERIAL, 'homeassistant', 5)
    .user('homeassistant', null, 5)
    .key('AAA1111', SERIAL, { created: 1, expires: 2 })
}

t.test('without --yes and a terminal it only shows the plan', async (t) => {
  const { path, target } = source(t)
  const { io, stdout } = memoryIo()
  t.equal(await main(['import', path, '--db', target], io), 0)
  const printed = stdout()
  t.match(printed, `${SERIAL} (Ha?ll): 1 bucket, paired\n`)
  t.match(printed, '1 user: homeassistant')
  t.match(printed, 'entryKeys, 1 row: expired')
  t.match(printed, /Nothing was changed yet.*--yes/)
  t.notOk(existsSync(target))
})

t.test('shows the broker without its password', async (t) => {
  const { path, target } = new ExistingDatabase(t).integration('us', 'mqtt', {
    brokerUrl: 'mqtt://nas',
    username: 'nle',
    password: 'a secret of the tests',
    topicPrefix: 'nolongerevil',
    homeAssistantDiscovery: true,
  })
  const told = memoryIo()
  t.equal(await main(['import', path, '--db', target], told.io), 0)
  t.match(told.stdout(), 'MQTT: mqtt://nas:1883 as nle, topics nolongerevil/…\n')
  const json = memoryIo()
  t.equal(await main(['import', path, '--db', target, '--json'], json.io), 0)
  t.match(JSON.parse(json.stdout()), { mqtt: 'mqtt://nas:1883' })
  t.notMatch(told.stdout() + json.stdout(), /a secret/)
})

t.test('asks on a terminal, and changes nothing after no', async (t) => {
  const { path, target } = source(t)
  const no = memoryIo({ interactive: true, typed: '\n' })
  t.equal(await main(['import', path, '--db', target], no.io), 130)
  t.notOk(existsSync(target))
  const yes = memoryIo({ interactive: true, typed: 'y\n' })
  t.equal(await main(['import', path, '--db', target], yes.io), 0)
  t.match(yes.stdout(), /Done\./)
  t.ok(existsSync(target))
})

t.test('imports with --yes; a second import has nothing to bring', async (t) => {
  const { path, target } = source(t)
  t.equal(await main(['import', path, '--db', target, '--yes'], memoryIo().io), 0)
  const { io, stdout } = memoryIo()
  t.equal(await main(['import', path, '--db', target, '--yes'], io), 0)
  t.match(stdout(), /There is nothing to bring/)
})

t.test('--json lists what was imported, without codes', async (t) => {
  const { path, target } = source(t).key('BBB2222', SERIAL, {
    created: 1,
    expires: 1_760_000_600_000,
  })
  const { io, stdout } = memoryIo()
  t.equal(await main(['import', path, '--db', target, '--yes', '--json'], io), 0)
  const printed = stdout()
  t.match(JSON.parse(printed), {
    applied: true,
    database: target,
    devices: [{ serial: SERIAL, owner: 'homeassistant', entry_keys: 1 }],
    left: [{ table: 'entryKeys', rows: 1 }],
  })
  t.notMatch(printed, /BBB2222/)
})

t.test(
  'with the settings of the existing server nle uses nle.sqlite beside its database',
  async (t) => {
    const { path, target } = source(t)
    const env = { SQLITE3_DB_PATH: path }
    const refused = memoryIo({ env })
    t.equal(await main(['serve'], refused.io), 13)
    t.match(refused.stderr(), /nle import .*database\.sqlite --yes/)
    t.equal(await main(['import', path, '--yes'], memoryIo({ env }).io), 0)
    t.ok(existsSync(target), 'nle.sqlite in the same folder')
  },
)
