import t from 'tap'
import { codeProblem, refusedCode } from '../../../src/commands/pair/typed-code.ts'
import { readCode } from '../../../src/protocol/pairing/code-fault.ts'

t.test('accepts a code in any way of typing it (P2)', async (t) => {
  for (const typed of ['A3XR7M2', 'a3x-r7m2', ' A3X-R7M2 ', 'A3X R7M2', 'a3x–r7m2']) {
    t.equal(readCode(typed), 'A3XR7M2', typed)
    t.equal(codeProblem(typed), undefined, typed)
  }
})

t.test('explains what is wrong with a code', async (t) => {
  const cases: [typed: string, says: RegExp][] = [
    ['', /^Type the code/],
    ['  ', /^Type the code/],
    ['A3X-R7', /too short: 5 of 7/],
    ['A3X-R7M2Q', /too long: 8 characters/],
    ['A3X_R7M', /"_" cannot be in a code/],
    ['A3X.R7/2', /"\." and "\/" cannot/],
    ['ÄÖÜ1234', /"Ä" and "Ö" and "Ü" cannot/],
    ['A3XR-7M2', /dash belongs after the third/],
  ]
  for (const [typed, says] of cases) {
    t.match(codeProblem(typed), says, typed)
    t.equal(readCode(typed), undefined, typed)
  }
})

t.test('every refusal has its own error code and next step', async (t) => {
  t.match(refusedCode('unknown', 'A3XR7M2'), { code: 'not_found', message: /A3X-R7M2/ })
  t.match(refusedCode('expired', 'A3XR7M2'), { code: 'expired', message: /Get Entry Code/ })
  t.match(refusedCode('claimed', 'A3XR7M2'), { code: 'claimed', message: /nle devices/ })
  t.match(refusedCode('', 'A3XR7M2'), { code: 'not_found' }, 'a server that gives no reason')
})
