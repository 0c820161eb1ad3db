import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { putBucket } from '../../helpers/seed-store.ts'
import { callFrom, changeStore, codeOn, QUIET_SERIAL, quietDatabase } from '../homes.ts'
import { nle } from '../shell.ts'

t.test('lists the paired thermostats of a running server', async (t) => {
  const home = await startHome(t)
  await home.paired()
  await codeOn(home)
  const { exitCode, stdout, stderr } = await nle(['devices', '--server', home.server.controlUrl])
  t.equal(exitCode, 0)
  const [head, row, ...more] = stdout.trimEnd().split('\n')
  t.match(head, /^NAME +SERIAL +STATE +NOW +TARGET +MODE$/)
  t.match(row, new RegExp(`${SERIAL} +online +[\\d.]+ °C +[\\d.]+ °C +heat$`))
  t.same(more, [])
  t.match(stderr, /^1 more is not paired; "nle devices --all"/)

  const all = await nle(['devices', '--all', '--json', '--server', home.server.controlUrl])
  const json = JSON.parse(all.stdout)
  t.equal(json.total, 2)
  t.equal(json.server, home.server.controlUrl)
  t.same(json.devices.map(({ serial }: { serial: string }) => serial).sort(), [
    SERIAL,
    QUIET_SERIAL,
  ])
})

t.test('lists the thermostats of the database when no server runs', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  const none = await nle(['devices', '--db', db])
  t.equal(none.exitCode, 0)
  t.match(none.stdout, /No thermostat is paired yet. Pair one with "nle pair"/)
  await nle(['pair', 'A3XR7M4', '--db', db])
  const { stdout, stderr } = await nle(['devices', '--db', db])
  t.match(stdout, /LAST SEEN[\s\S]*02AA01AC31140KD6 +2 min ago +– +– +–\n/)
  t.match(stderr, /No server runs; this is what is on file/)
  t.match(stderr, /02AA01AC31140KD6 has not uploaded its state yet\./)
  t.match(stderr, /restart the thermostat: Settings, Reset, Restart/)
  const { devices, server } = JSON.parse((await nle(['devices', '--db', db, '--json'])).stdout)
  t.equal(server, null)
  t.match(devices, [{ serial: QUIET_SERIAL, owner: 'homeassistant', is_available: false }])
})

t.test('a name cannot control the terminal', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  await changeStore(db, (store) =>
    putBucket(store, QUIET_SERIAL, `shared.${QUIET_SERIAL}`, { name: 'Kit\x1b[2Jchen\nroot' }),
  )
  const { stdout } = await nle(['devices', '--all', '--db', db])
  t.notMatch(stdout, '\x1b')
  t.match(stdout, /Kit\?\[2Jchen\?root/)
})

t.test('the message without a database tells how to create one', async (t) => {
  const { exitCode, stderr } = await nle(['devices', '--db', '/nonexistent/nle.sqlite'])
  t.equal(exitCode, 4)
  t.match(stderr, /no database at \/nonexistent\/nle\.sqlite\. "nle serve" creates it/)
})

t.test('prints colour only on a colour terminal', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  const plain = await nle(['devices', '--all', '--db', db])
  t.notMatch(plain.stdout, '\x1b')
  const coloured = await nle(['devices', '--all', '--db', db], { color: true })
  t.match(coloured.stdout, '\x1b[')
})

t.test('--forget-junk forgets what is not paired, and keeps what shows a code', async (t) => {
  const home = await startHome(t)
  await home.paired()
  await codeOn(home)
  const { store } = home.server.core
  await callFrom(home, '09AA01AB00000001', '/nest/entry')
  const args = ['devices', '--forget-junk', '--server', home.server.controlUrl]
  t.match(await nle(args), { exitCode: 2, stderr: /no terminal to ask on\. Add --yes/ })
  t.equal(await store.countUnpaired(), 2)
  const first = await nle(args, { interactive: true, typed: [['Forget all thermostats', 'y\r']] })
  t.match(first, {
    exitCode: 0,
    stdout: /^Forgot 1 thermostat that was not paired, with 0 B of data\.\n$/m,
    stderr: /1 thermostat shows a code now and was kept; --all forgets it as well\./,
  })
  t.same(await store.unpaired(), [QUIET_SERIAL])
  const all = await nle([...args, '--all', '--yes', '--json'])
  t.match(JSON.parse(all.stdout), { success: true, forgotten: 1, kept: 0 })
  t.ok((await store.load(SERIAL)).owner, 'the paired one stays')
})
