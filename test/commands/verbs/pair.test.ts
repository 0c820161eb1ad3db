import t from 'tap'
import { ERROR_CODES } from '../../../src/errors.ts'
import { displayCode } from '../../../src/protocol/pairing/entry-key.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { callFrom, closedPort, codeOn, look, QUIET_SERIAL, quietDatabase } from '../homes.ts'
import { nle } from '../shell.ts'

t.test('pairs by a code, and with --json does not wait', async (t) => {
  const home = await startHome(t)
  const code = await codeOn(home)
  const args = ['pair', displayCode(code).toLowerCase(), '--server', home.server.controlUrl]
  const { exitCode, stdout, stderr } = await nle([...args, '--json', '--user', 'anna'])
  t.equal(exitCode, 0)
  t.equal(stderr, '')
  t.strictSame(JSON.parse(stdout), {
    success: true,
    serial: QUIET_SERIAL,
    name: QUIET_SERIAL,
    user: 'anna',
    confirmed: false,
    server: home.server.controlUrl,
  })
  const { owner } = await home.server.core.store.load(QUIET_SERIAL)
  t.equal(owner?.userId, 'anna')

  const again = await nle([...args, '--json'])
  t.equal(again.exitCode, ERROR_CODES.claimed.exit)
  t.match(JSON.parse(again.stdout), { error: { code: 'claimed', entry_code: code } })
})

t.test('finds the server by its database, on any port', async (t) => {
  const home = await startHome(t)
  const { exitCode, stdout } = await nle(['pair', await codeOn(home), '--db', home.databasePath])
  t.equal(exitCode, 0)
  t.match(stdout, /02AA01AC31140KD6 is paired: it is yours now\./)
})

t.test('on a terminal it waits until the thermostat confirms', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.thermostat()
  const { exitCode, stdout, stderr } = await nle(
    ['pair', await thermostat.whenCode(), '--server', home.server.controlUrl],
    { interactive: true, onSleep: (ms) => home.clock.advance(ms) },
  )
  t.equal(exitCode, 0)
  t.match(stderr, new RegExp(`Waiting for ${SERIAL} to confirm \\(0 s\\)`))
  t.ok(stderr.endsWith('\r\x1b[K'), 'the progress line is gone in the end')
  t.match(stdout, new RegExp(`\\(${SERIAL}\\) is paired: it is yours now\\.\n$`))
  t.notMatch(stdout, 'not confirmed')
  await thermostat.whenPaired()
})

t.test('a thermostat that asks for the status of its code confirms the pairing (P7)', async (t) => {
  const home = await startHome(t)
  const code = await codeOn(home)
  let looks = 0
  const { stdout } = await nle(
    ['pair', code, '--server', home.server.controlUrl, '--wait', '--json'],
    {
      onSleep: async () => {
        looks += 1
        if (looks === 6) await callFrom(home, QUIET_SERIAL, '/nest/passphrase/status')
      },
    },
  )
  t.match(JSON.parse(stdout), { success: true, confirmed: true })
  t.ok(looks > 6 && looks < 12, 'it ended soon after')
})

t.test('a thermostat that does not confirm in time is still paired', async (t) => {
  const home = await startHome(t)
  const args = ['pair', await codeOn(home), '--server', home.server.controlUrl, '--wait']
  const { exitCode, stdout } = await nle(args)
  t.equal(exitCode, 0)
  t.match(stdout, /is paired[\s\S]*not confirmed yet/)
})

t.test('Ctrl-C during the wait reports that the pairing stands', async (t) => {
  const home = await startHome(t)
  const stop = new AbortController()
  const args = ['pair', await codeOn(home), '--server', home.server.controlUrl, '--wait']
  const { exitCode, stderr } = await nle(args, { stop: stop.signal, onSleep: () => stop.abort() })
  t.equal(exitCode, 130)
  t.match(stderr, /is paired; stopped waiting/)
})

t.test('every refusal has its own message and exit code', async (t) => {
  const home = await startHome(t)
  const pair = (code: string) => nle(['pair', code, '--server', home.server.controlUrl])

  t.match(await pair('A3X'), { exitCode: 2, stderr: /too short: 3 of 7/ })
  t.match(await pair('AAAAAAA'), { exitCode: 4, stderr: /No thermostat shows the code AAA-AAAA/ })
  const code = await codeOn(home)
  t.match(await pair(code), { exitCode: 0 })
  t.match(await pair(code), { exitCode: 6, stderr: /used already/ })
  const late = await codeOn(home, '02AA01AC31140KD7')
  home.clock.advance(3_700_000)
  t.match(await pair(late), { exitCode: 5, stderr: /is over/ })
  for (let i = 0; i < 9; i++) await pair('AAAAAAA')
  t.match(await pair('AAAAAAA'), { exitCode: 7, stderr: /Too many wrong codes/ })

  const json = await nle(['pair', code, '--server', home.server.controlUrl, '--json'])
  t.match(JSON.parse(json.stdout), { error: { code: 'rate_limited' } })
})

t.test('refuses wrong arguments before it looks for a server', async (t) => {
  t.match(await nle(['pair']), { exitCode: 2, stderr: /no terminal[\s\S]*nle pair A3X-R7M2/ })
  t.match(await nle(['pair', 'A3XR7M2', '--user', '']), { exitCode: 2, stderr: /--user ""/ })
})

t.test('an absent server and one that does not answer have different messages', async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}`
  const named = await nle(['pair', 'A3XR7M2', '--server', url])
  t.match(named, { exitCode: 3, stderr: /does not answer: nothing listens there/ })
  const nowhere = await nle(['pair', 'A3XR7M2', '--db', '/nonexistent/nle.sqlite'])
  t.match(nowhere, {
    exitCode: 3,
    stderr: /No nle server runs .*\/nonexistent\/nle.sqlite \(there is no such file\)/,
  })
  const home = await startHome(t)
  const wrongPort = await nle(['pair', 'A3XR7M2', '--server', home.server.deviceUrl])
  t.match(wrongPort, { exitCode: 3, stderr: /port for thermostats/ })
})

t.test('without a server it pairs in the database by the same rules (P9)', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  const wrong = await nle(['pair', 'A3XR7M9', '--db', db])
  t.match(wrong, { exitCode: 4, stderr: /No thermostat shows/ })
  const { exitCode, stdout, stderr } = await nle(['pair', 'a3x-r7m4', '--db', db])
  t.equal(exitCode, 0)
  t.match(stderr, /No server runs/)
  t.match(stdout, /told at its next subscribe/)
  const { owner, user } = await look(db, async (store) => {
    const { owner, buckets } = await store.load(QUIET_SERIAL)
    return { owner, user: buckets.get('user.homeassistant')?.value }
  })
  t.equal(owner?.userId, 'homeassistant')
  t.same(user, { name: 'homeassistant' })
  t.match(await nle(['pair', 'A3XR7M4', '--db', db]), { exitCode: 6 })
  const tooLate = await nle(['pair', 'A3XR7M4', '--db', db], { nowMs: () => Date.now() + 1e10 })
  t.match(tooLate, { exitCode: 6 })
})

t.test('says whose a thermostat is only where there are several users', async (t) => {
  const home = await startHome(t)
  const at = ['--server', home.server.controlUrl]
  const first = await nle(['pair', await codeOn(home), '--user', 'anna', ...at])
  t.match(first.stdout, 'is paired: it is yours now.')
  t.match((await nle(['status', QUIET_SERIAL, ...at])).stdout, /owner +yours\n/)
  t.notMatch((await nle(['devices', ...at])).stdout, 'anna')
  const second = await nle(['pair', await codeOn(home, SERIAL), '--user', 'bob', ...at])
  t.match(second.stdout, 'is paired with bob.')
  t.match((await nle(['status', QUIET_SERIAL, ...at])).stdout, /owner +anna\n/)
  t.match((await nle(['devices', ...at])).stdout, /bob\n.*anna\n$/s)
})

t.test('P10: pairs for a user of any name, and unpairs', async (t) => {
  const home = await startHome(t)
  const at = ['--server', home.server.controlUrl]
  await home.paired()
  for (const user of ['Anna M\u00fcller', '\u5bb6', ' leading', 'a+b c']) {
    const paired = await nle(['pair', await codeOn(home), '--user', user, ...at])
    t.match(paired, { exitCode: 0, stdout: `is paired with ${user}.` })
    t.match((await nle(['devices', ...at])).stdout, user)
    t.match(await nle(['unpair', QUIET_SERIAL, '--yes', ...at]), { exitCode: 0 })
  }
  const refused = await nle(['pair', 'A3XR7M2', '--user', 'a\u009b2J', ...at])
  t.match(refused, { exitCode: 2, stderr: /^nle: --user .* cannot be a user: 1 to 64 characters/ })
  t.notMatch(refused.stderr, '\u009b')
})
