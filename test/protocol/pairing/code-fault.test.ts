import t from 'tap'
import { codeFault, misreadSigns, readCode } from '../../../src/protocol/pairing/code-fault.ts'

t.test(
  'reads a code in any way of typing it, and says why another text is none (P2)',
  async (t) => {
    const cases: [typed: string, fault: object | undefined][] = [
      ['a3x–r7m2', undefined],
      [' A3X R7M2\n', undefined],
      ['', { fault: 'empty' }],
      ['A3X', { fault: 'short', length: 3 }],
      ['-', { fault: 'short', length: 0 }],
      ['A3XR7M2QQ', { fault: 'long', length: 9 }],
      ['A3XR-7M2', { fault: 'dash' }],
      ['A3X_R7M', { fault: 'signs', signs: ['_'] }],
      ['🙂🙂🙂', { fault: 'signs', signs: ['🙂'] }],
    ]
    for (const [typed, fault] of cases) {
      t.same(codeFault(typed), fault, typed)
      t.equal(readCode(typed) === undefined, fault !== undefined, typed)
    }
  },
)

t.test(
  'names the letters and digits that a code never has, because they look like others (P2)',
  async (t) => {
    t.same(misreadSigns('A3X-R7M2'), ['2'])
    t.same(misreadSigns('o0o1!'), ['O', '0', '1'])
    t.same(misreadSigns('A3X-R7M4'), [])
  },
)
