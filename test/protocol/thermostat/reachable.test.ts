import t from 'tap'
import { reachableForMs } from '../../../src/protocol/thermostat/reachable.ts'

const HOLD_MS = 290_000
const HEARD_MS = 1_000_000

const forMs = (isHeld: boolean, afterMs: number) =>
  reachableForMs({ heardAtSteadyMs: HEARD_MS, isHeld }, HOLD_MS, HEARD_MS + afterMs)

t.test('a thermostat is reachable for one hold and 30 s after its last request (S4)', async (t) => {
  t.equal(forMs(false, 0), 320_000)
  t.equal(forMs(false, 319_999), 1)
  t.equal(forMs(false, 320_000), 0)
  t.equal(forMs(false, 1e9), 0)
})

t.test(
  'one with a connection is reachable, also while that lingers after a push (S5)',
  async (t) => {
    t.equal(forMs(true, 0), 320_000)
    t.equal(forMs(true, 320_000), 3_000)
  },
)
