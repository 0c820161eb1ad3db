import t from 'tap'
import { PauseWatch } from '../../../src/server/cluster/pause-watch.ts'
import type { Clock } from '../../../src/server/core/clock.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'

/** A machine on which time passes although no timer fires. */
class PausedMachine implements Clock {
  ms = 1_000_000
  fire = (): void => {}
  now() {
    return { wallMs: this.ms, steadyMs: this.ms }
  }
  setTimer(_: number, fire: () => void): void {
    this.fire = fire
  }
  clearTimer(): void {}
}

function watch() {
  const machine = new PausedMachine()
  const pauses = new PauseWatch(machine, silentLogger)
  pauses.start()
  return { machine, pauses }
}

t.test('requests that have waited for a paused process are refused', async (t) => {
  const { machine, pauses } = watch()
  t.equal(pauses.refusal(), undefined)
  machine.ms += 60_000
  t.match(pauses.refusal(), { code: 'overloaded', details: { retryAfterS: 5 } })
  machine.ms += 4_500
  machine.fire()
  t.match(pauses.refusal(), { code: 'overloaded' }, 'and those that are read a moment later')
  machine.ms += 600
  t.equal(pauses.refusal(), undefined)
})

t.test('also when a timer is what comes first after the pause', async (t) => {
  const { machine, pauses } = watch()
  machine.ms += 60_000
  machine.fire()
  t.match(pauses.refusal(), { code: 'overloaded' })
})

t.test('a slow start is no pause', async (t) => {
  const machine = new PausedMachine()
  const pauses = new PauseWatch(machine, silentLogger)
  t.equal(pauses.refusal(), undefined)
  machine.ms += 60_000
  pauses.start()
  t.equal(pauses.refusal(), undefined)
})

t.test('a process that is busy, and one that nobody asks, refuses nothing', async (t) => {
  const { machine, pauses } = watch()
  machine.ms += 4_000
  t.equal(pauses.refusal(), undefined)
  for (let n = 0; n < 60; n++) {
    machine.ms += 1_000
    machine.fire()
  }
  t.equal(pauses.refusal(), undefined)
})
