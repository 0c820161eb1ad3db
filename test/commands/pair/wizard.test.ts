import t from 'tap'
import { introduction } from '../../../src/commands/pair/wizard.ts'
import { startHome } from '../../helpers/home.ts'
import { codeOn, look, QUIET_SERIAL, quietDatabase } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'
import { nle } from '../shell.ts'

t.test('the wizard tells where the code is, and asks until it is accepted', async (t) => {
  const home = await startHome(t)
  const code = await codeOn(home)
  const { exitCode, stdout, stderr } = await nle(
    ['pair', '--server', home.server.controlUrl, '--no-wait'],
    {
      interactive: true,
      typed: [
        ['Code:', 'A3X\r'],
        ['too short', `AAAAAAA\r`],
        ['No thermostat shows', `${code.toLowerCase()}\r`],
      ],
    },
  )
  t.equal(exitCode, 0)
  t.match(stderr, /Settings, Nest App, Get Entry Code/)
  t.match(stderr, `  ${QUIET_SERIAL} for 0 s, has not uploaded its state yet\n`, 'who waits')
  t.match(stderr, /restart the thermostat: Settings, Reset, Restart/)
  const beforeTyping = stderr.slice(0, stderr.indexOf('Code:'))
  t.notMatch(beforeTyping, new RegExp(code, 'i'), 'but never the code')
  t.equal(stdout, `✓ ${QUIET_SERIAL} is paired: it is yours now.\n`)
})

t.test('says when no thermostat shows a code', async (t) => {
  const home = await startHome(t)
  const { exitCode, stderr } = await nle(['pair', '--server', home.server.controlUrl], {
    interactive: true,
    typed: [['Code:', '\x03']],
  })
  t.match(stderr, /No thermostat shows a code of this server/)
  t.match(stderr, /nle: Nothing was paired\.\n$/)
  t.equal(exitCode, 130, 'Ctrl-C is a clean end')
})

t.test('ends after too many wrong codes (P12)', async (t) => {
  const home = await startHome(t)
  const args = ['pair', 'AAAAAAA', '--server', home.server.controlUrl]
  for (let i = 0; i < 10; i++) await nle(args)
  const { exitCode, stderr } = await nle(['pair', '--server', home.server.controlUrl], {
    interactive: true,
    typed: [['Code:', 'AAAAAAA\r']],
  })
  t.equal(exitCode, 7)
  t.match(stderr, /Too many wrong codes/)
})

t.test('lists at most ten waiting thermostats', async (t) => {
  const waiting = Array.from({ length: 101 }, (_, i) => ({
    serial: `02AA01AC31140${100 + i}`,
    name: `N${i}`,
    sinceMs: 0,
    hasUploaded: true,
    pairedAnew: false,
  }))
  const lines = introduction(waiting, [], memoryIo().io)
  t.equal(lines.filter((line) => line.includes('02AA01AC')).length, 10)
  t.ok(lines.includes('  and 91 more'))
})

t.test('asks for the code without a server, too', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  const { exitCode, stderr } = await nle(['pair', '--db', db], {
    interactive: true,
    typed: [['Code:', 'a3xr7m4\r']],
  })
  t.equal(exitCode, 0)
  t.match(stderr, new RegExp(`${QUIET_SERIAL} for 1 min`))
  const { owner } = await look(db, (store) => store.load(QUIET_SERIAL))
  t.ok(owner)
})

t.test('P6: says what waits for a code and why, and which thermostat is paired anew', (t) => {
  const { io } = memoryIo()
  const one = { serial: '02AA01AC31140KD6', name: 'Hallway' }
  const heldBack = [{ ...one, codeAtMs: io.nowMs() + 60_000 }]
  const held = introduction([], heldBack, io).join('\n')
  t.match(held, /Hallway \(02AA01AC31140KD6\), which is paired, asks .* It gets one at \d+:\d+/)
  t.match(held, /nle repin/)
  t.notMatch(held, /cloudregisterurl/)
  const late = introduction([], [{ ...one, codeAtMs: io.nowMs() }], io).join('\n')
  t.match(late, /when it asks next/)
  const shown = { ...one, sinceMs: 0, hasUploaded: true, pairedAnew: true }
  const both = introduction([shown], heldBack, io).join('\n')
  t.match(both, /Hallway .*; shows a new code although it is paired/)
  t.match(both, /asks for a code with another password/)
  t.end()
})
