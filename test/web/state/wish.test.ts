import t from 'tap'
import type { DialTarget } from '../../../src/web/state/dial-target.ts'
import { Wish } from '../../../src/web/state/wish.ts'

/** A wish in a world of which the test says how time and server go on. */
function setUp() {
  const sent: DialTarget[] = []
  const answers: ((isTaken: boolean) => void)[] = []
  const timers = new Set<{ readonly ms: number; readonly run: () => void }>()
  let shown: DialTarget | undefined
  const wish = new Wish({
    later(ms, run) {
      const timer = { ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    send(target) {
      sent.push(target)
      return new Promise((resolve) => answers.push(resolve))
    },
    show(target) {
      shown = target
    },
  })
  /** Lets all that waits elapse. */
  const elapse = () => {
    for (const timer of timers) {
      timers.delete(timer)
      timer.run()
    }
  }
  const answer = async (isTaken: boolean) => {
    answers.shift()?.(isTaken)
    await new Promise(setImmediate)
  }
  wish.hear({ target: 20 })
  return { wish, sent, answer, elapse, timers, shown: () => shown }
}

t.test('several presses become one command, the last', async (t) => {
  const { wish, sent, elapse, shown, timers } = setUp()
  for (const target of [20.5, 21, 21.5]) wish.turn({ target }, 'pressed')
  t.same(shown(), { target: 21.5 }, 'shown at once')
  t.same(sent, [])
  t.same(
    [...timers].map(({ ms }) => ms),
    [400],
  )
  elapse()
  t.same(sent, [{ target: 21.5 }])
})

t.test('a drag is sent when the hand lets go', async (t) => {
  const { wish, sent, elapse, shown } = setUp()
  wish.turn({ target: 21 }, 'moving')
  elapse()
  t.same([sent, shown()], [[], { target: 21 }])
  wish.turn({ target: 22 }, 'done')
  t.same(sent, [{ target: 22 }])
})

t.test('what leads back to where it was is not sent', async (t) => {
  const { wish, sent, elapse, shown } = setUp()
  wish.turn({ target: 21 }, 'pressed')
  wish.turn({ target: 20 }, 'pressed')
  elapse()
  t.same([sent, shown()], [[], undefined])
})

t.test('a wish is shown until the status of the server says the same', async (t) => {
  const { wish, answer, shown, elapse } = setUp()
  wish.turn({ target: 22 }, 'done')
  await answer(true)
  wish.hear({ target: 20 })
  t.same(shown(), { target: 22 }, 'an older status')
  wish.hear({ target: 22 })
  t.equal(shown(), undefined)
  wish.turn({ target: 23 }, 'done')
  await answer(true)
  elapse()
  t.equal(shown(), undefined, 'without news what the server says counts again')
})

t.test('a refused wish is not shown any longer', async (t) => {
  const { wish, answer, shown } = setUp()
  wish.turn({ target: 22 }, 'done')
  await answer(false)
  t.equal(shown(), undefined)
})

t.test('a wish during the answer to another one stays, and is sent', async (t) => {
  const { wish, sent, answer, shown, elapse } = setUp()
  wish.turn({ target: 22 }, 'done')
  wish.turn({ target: 20 }, 'pressed')
  await answer(true)
  // The status of before: that is no reason not to send the way back.
  wish.hear({ target: 20 })
  t.same(shown(), { target: 20 })
  elapse()
  t.same(sent, [{ target: 22 }, { target: 20 }])
})

t.test('both bounds of a range are one wish', async (t) => {
  const { wish, sent, elapse } = setUp()
  wish.hear({ low: 19, high: 25 })
  wish.turn({ low: 20 }, 'pressed')
  wish.turn({ high: 26 }, 'pressed')
  elapse()
  t.same(sent, [{ low: 20, high: 26 }])
})
