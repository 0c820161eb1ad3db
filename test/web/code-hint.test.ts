import t from 'tap'
import { codeHint, refusalOfCode } from '../../src/web/views/pair/code-hint.ts'

t.test('says while somebody types how far a code is, and what is wrong with it (P2)', async (t) => {
  const cases: [typed: string, isDone: boolean, isFault: boolean, says: RegExp][] = [
    ['', false, false, /dash can be left out/],
    ['', true, true, /Type the code/],
    ['a3x', false, false, /^3 of 7/],
    ['a3x', true, true, /^Too short: 3 of 7/],
    ['A3X-R7M4', false, false, /ready to pair/],
    ['A3XR7M4QQ', false, true, /^Too long: 9/],
    ['A3XR-7M4', false, true, /dash belongs after the third/],
    ['A3X_', false, true, /“_” cannot be in a code/],
    ['A3X-RO', false, true, /never has O,/],
    ['A01S', false, true, /never has 0, 1 or S,/],
  ]
  for (const [typed, isDone, isFault, says] of cases) {
    const hint = codeHint(typed, isDone)
    t.equal(hint.isFault, isFault, `${typed} ${isDone}`)
    t.match(hint.text, says, typed)
  }
})

t.test('tells each refusal with the code as the screen shows it, and what to do', async (t) => {
  const refusal = (reason: 'unknown' | 'claimed' | 'expired') =>
    refusalOfCode({ success: false, message: '', reason }, 'A3XR7M4')
  t.match(refusal('unknown'), /No thermostat shows A3X-R7M4\. Compare/)
  t.match(refusal('expired'), /A3X-R7M4 is over\. Open Settings, Nest App/)
  t.match(refusal('claimed'), /A3X-R7M4 has been used already.*get a new code/)
})
