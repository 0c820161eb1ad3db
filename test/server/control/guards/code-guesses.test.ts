import t from 'tap'
import { CodeGuesses } from '../../../../src/server/control/guards/code-guesses.ts'
import { silentLogger } from '../../../../src/server/core/logger.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'

t.test('guesses from many addresses delay every try of a code (P12)', async (t) => {
  const clock = new ManualClock()
  const guesses = new CodeGuesses({ clock, log: silentLogger })
  for (let i = 0; i < 30; i++) {
    const address = `10.0.0.${i}`
    await guesses.admit(address)
    guesses.wasWrong(address, 'unknown')
  }
  let admitted = false
  const honest = guesses.admit('192.168.1.5').then(() => {
    admitted = true
  })
  await t.rejects(guesses.admit('192.168.1.5'), { code: 'rate_limited' }, 'one try at a time')
  clock.advance(999)
  await undefined
  t.notOk(admitted)
  clock.advance(1)
  await honest
  t.ok(admitted)
})

t.test('a client that disconnects while its try waits frees its timer and its turn', async (t) => {
  const clock = new ManualClock()
  const guesses = new CodeGuesses({ clock, log: silentLogger })
  for (let i = 0; i < 30; i++) guesses.wasWrong(`10.0.0.${i}`, 'unknown')
  let hangUp = (): void => {}
  const gone = guesses.admit('192.168.1.5', (leave) => {
    hangUp = leave
  })
  t.equal(clock.timers.pending, 1)
  hangUp()
  t.equal(clock.timers.pending, 0)
  await t.rejects(gone, { code: 'cancelled' })
  const again = guesses.admit('192.168.1.5')
  clock.advance(2_000)
  await again
})

t.test('ten wrong codes from one network are the limit, whatever its addresses', async (t) => {
  const guesses = new CodeGuesses({ clock: new ManualClock(), log: silentLogger })
  for (let i = 1; i <= 10; i++) {
    const address = `2001:db8:0:7::${i}`
    await guesses.admit(address)
    guesses.wasWrong(address, 'unknown')
  }
  await t.rejects(guesses.admit('2001:db8:0:7:8::1'), {
    code: 'rate_limited',
    details: { retryAfterS: 60 },
  })
  await guesses.admit('2001:db8:0:8::1')
})
