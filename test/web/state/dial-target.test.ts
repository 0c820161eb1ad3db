import fc from 'fast-check'
import t from 'tap'
import { onGrid, toCelsius } from '../../../src/web/format/temperature.ts'
import {
  commandValue,
  keyedTo,
  limitsOf,
  moved,
  nearest,
  shows,
  stepOf,
  stepped,
} from '../../../src/web/state/dial-target.ts'

t.test('a step is half a degree Celsius or one Fahrenheit', async (t) => {
  t.same(stepped({ target: 20.5 }, 1, 'C'), { target: 21 })
  t.same(stepped({ target: 70 }, -1, 'F'), { target: 69 })
  t.same(stepped({ low: 19, high: 24 }, 1, 'C'), { low: 19.5, high: 24.5 }, 'both bounds')
})

t.test('buttons reach every setpoint, and stop at the last', async (t) => {
  for (const scale of ['C', 'F'] as const) {
    const { min, max } = limitsOf(scale)
    let target = { target: onGrid(20, scale) } as ReturnType<typeof stepped>
    for (let i = 0; i < 100; i += 1) target = stepped(target, -1, scale)
    t.equal(target.target, min)
    for (let i = 0; i < 100; i += 1) target = stepped(target, 1, scale)
    t.equal(target.target, max)
  }
  t.same(limitsOf('C'), { min: 4.5, max: 32 })
  t.same(limitsOf('F'), { min: 41, max: 89 })
  t.same(stepped({ low: 19, high: 32 }, 1, 'C'), { low: 19, high: 32 }, 'a range keeps its width')
})

t.test('a handle goes to the grid, and keeps its distance from the other one', async (t) => {
  t.same(moved({ target: 20 }, 'target', 21.3, 'C'), { target: 21.5 })
  t.same(moved({ target: 20 }, 'target', 50, 'C'), { target: 32 })
  t.same(moved({ low: 19, high: 22 }, 'low', 30, 'C'), { low: 20.5, high: 22 })
  t.same(moved({ low: 66, high: 72 }, 'high', 60, 'F'), { low: 66, high: 69 })
})

t.test('whatever is moved where, the server takes it: 4.5 to 32 °C, 1.5 °C apart', async (t) => {
  const scale = fc.constantFrom('C' as const, 'F' as const)
  const number = fc.double({ min: -100, max: 200, noNaN: true })
  const handle = fc.constantFrom('low' as const, 'high' as const)
  fc.assert(
    fc.property(scale, fc.array(fc.tuple(handle, number)), (unit, moves) => {
      let target = { low: onGrid(19, unit), high: onGrid(25, unit) } as ReturnType<typeof moved>
      for (const [which, to] of moves) target = moved(target, which, to, unit)
      const { low = 0, high = 0 } = commandValue(target, unit) as { low?: number; high?: number }
      return low >= 4.5 && high <= 32 && high - low >= 1.5 - 0.005
    }),
  )
  t.pass()
})

t.test('keys move by a step, by two degrees, or to an end', async (t) => {
  t.equal(keyedTo('ArrowUp', 20, 'C'), 20.5)
  t.equal(keyedTo('ArrowLeft', 70, 'F'), 69)
  t.equal(keyedTo('PageUp', 20, 'C'), 22)
  t.equal(keyedTo('PageDown', 70, 'F'), 68)
  t.equal(keyedTo('Home', 20, 'C'), 4.5)
  t.equal(keyedTo('End', 70, 'F'), 89)
  t.equal(keyedTo('a', 20, 'C'), undefined)
})

t.test('a press on the arc moves the nearest handle', async (t) => {
  t.equal(nearest({ low: 19, high: 25 }, 20), 'low')
  t.equal(nearest({ low: 19, high: 25 }, 30), 'high')
  t.equal(nearest({ target: 19 }, 30), 'target')
  t.equal(nearest({}, 30), undefined)
})

t.test('a command has °C, and of a range only the bounds that were moved', async (t) => {
  t.equal(commandValue({ target: 21.5 }, 'C'), 21.5)
  t.equal(commandValue({ target: 71 }, 'F'), 21.67)
  t.same(commandValue({ low: 19 }, 'C'), { low: 19 })
  t.same(commandValue({ low: 66, high: 77 }, 'F'), { low: 18.89, high: 25 })
})

t.test('a number of the grid is the same after a journey through °C', async (t) => {
  for (const scale of ['C', 'F'] as const) {
    const { min, max } = limitsOf(scale)
    for (let at = min; at <= max; at += stepOf(scale)) {
      t.equal(onGrid(toCelsius(at, scale), scale), at)
    }
  }
  t.ok(shows({ low: 19, high: 25 }, { high: 25 }))
  t.notOk(shows({ target: 19 }, { high: 25 }))
})
