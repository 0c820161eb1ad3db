import t from 'tap'
import { networkOf } from '../../../../src/protocol/lan/addresses.ts'
import { CodeGuesses } from '../../../../src/server/control/guards/code-guesses.ts'
import { silentLogger } from '../../../../src/server/core/logger.ts'
import { limitKeys } from '../../../../src/server/lan/own-networks.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'

const OWN = '2001:db8:0:1:0:0:0:0'

function guessing() {
  const clock = new ManualClock()
  const keyOf = limitKeys(clock, () => new Set([networkOf(OWN)]))
  const guesses = new CodeGuesses({ clock, log: silentLogger })
  const from = (address: string) => ({ remoteAddress: address, limitKey: keyOf(address) })
  const admits = (address: string): boolean => {
    try {
      guesses.admit(from(address))
      return true
    } catch {
      return false
    }
  }
  /** Guesses until it is refused; returns how often it was served. */
  const guess = (address: string, times = 11): number => {
    let served = 0
    for (let i = 0; i < times && admits(address); i++) {
      served += 1
      guesses.wasWrong(from(address), 'unknown')
    }
    return served
  }
  return { clock, admit: (address: string) => guesses.admit(from(address)), admits, guess }
}

t.test('P12: guesses from many addresses keep no other address from pairing', async (t) => {
  const { admits, guess, clock } = guessing()
  for (let i = 0; i < 300; i++) t.equal(guess(`10.0.${i >> 8}.${i & 255}`), 10)
  for (const owner of ['127.0.0.1', '192.168.1.5', '::1', 'fe80::1', 'fd00::1', '2001:db8:9::1']) {
    t.ok(admits(owner), owner)
  }
  t.notOk(admits('10.0.0.1'))
  clock.advance(60_000)
  t.ok(admits('10.0.0.1'), 'a minute later')
})

t.test('P12: neighbours count alone, a foreign network together', async (t) => {
  const cases: [string, string, string][] = [
    ['this machine’s own network', '2001:db8:0:1::a', '2001:db8:0:1::b'],
    ['link-local', 'fe80::a', 'fe80::b'],
    ['unique local', 'fd00::a', 'fd00::b'],
    ['IPv4', '192.168.1.5', '192.168.1.6'],
  ]
  for (const [name, first, second] of cases) {
    const { guess } = guessing()
    t.strictSame([guess(first), guess(second)], [10, 10], name)
  }
  const { guess, admits } = guessing()
  const foreign = (n: number): string => `2001:db8:0:7::${n.toString(16)}`
  t.equal(guess(foreign(1)), 10)
  t.equal(guess(foreign(2)), 1, 'served once; then it counts with its network')
  for (let n = 3; n <= 256; n++) guess(foreign(n), 1)
  t.notOk(admits(foreign(257)), 'at most 256 new addresses in a minute')
  t.ok(admits('2001:db8:0:8::1'), 'another network')
})

t.test('P12: the refusal says how long to wait', async (t) => {
  const { admit, guess, clock } = guessing()
  guess('10.0.0.1')
  clock.advance(10_000)
  t.throws(() => admit('10.0.0.1'), {
    code: 'rate_limited',
    details: { retryAfterS: 50 },
  })
})
