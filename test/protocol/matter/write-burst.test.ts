import t from 'tap'
import { type Burst, completed, dueAtMs, joined } from '../../../src/protocol/matter/write-burst.ts'

t.test('a burst of writes becomes one command: the last values, once they are still', async (t) => {
  let burst: Burst | undefined
  for (let n = 0; n <= 4; n++) burst = joined(burst, { heating: 2000 + n * 10 }, 1_000 + n * 50)
  burst = joined(burst, { mode: 4 }, 1_250)
  t.strictSame(burst.written, { heating: 2040, mode: 4 })
  t.equal(dueAtMs(burst), 1_550)
})

t.test('a slider that keeps moving sends a command within a second all the same', async (t) => {
  let burst: Burst | undefined
  for (let n = 0; n < 40; n++) burst = joined(burst, { heating: 2000 + n }, n * 100)
  t.ok(dueAtMs(burst as Burst) < 1_000)
})

t.test('a mode takes the setpoint along that a scene wrote just before', async (t) => {
  const setpoint = joined(undefined, { cooling: 2400 }, 0)
  const mode = joined(undefined, { mode: 3 }, 5_000)
  t.strictSame(completed(mode, setpoint), { mode: 3, cooling: 2400 })
  t.strictSame(completed(joined(mode, { cooling: 2200 }, 5_100), setpoint), {
    mode: 3,
    cooling: 2200,
  })
  // Too long ago, or with a mode of its own.
  t.strictSame(completed(joined(undefined, { mode: 3 }, 11_000), setpoint), { mode: 3 })
  t.strictSame(completed(mode, joined(undefined, { mode: 4, heating: 2000 }, 0)), { mode: 3 })
  t.strictSame(completed(mode, undefined), { mode: 3 })
  t.strictSame(completed(joined(undefined, { fan: true }, 100), setpoint), { fan: true })
})
