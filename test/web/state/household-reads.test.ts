import t from 'tap'
import type { ChangeAnswer, Status } from '../../../src/api/shapes.ts'
import {
  type HouseholdEvent,
  type Known,
  Readings,
  withEvent,
} from '../../../src/web/state/household-reads.ts'
import { makeStatus } from '../make-status.ts'

const [SERIAL, OTHER] = ['02AA01AC0A000001', '02AA01AC0A000002']

function status(serial: string, current_temperature: number): Status {
  return makeStatus({ serial, current_temperature })
}

function change(id: number, state: ChangeAnswer['state'] = 'queued'): ChangeAnswer {
  const created_at = '2026-11-28T00:00:00.000Z'
  const ending = { ended_at: null, reason: null }
  return { id, serial: SERIAL, command: 'set_mode', state, created_at, ...ending, parts: [] }
}

function known(statuses: readonly Status[], changes: readonly ChangeAnswer[] = []): Known {
  return {
    thermostats: new Map(statuses.map((each) => [each.serial, each])),
    changes: new Map(changes.map((each) => [each.serial, each])),
  }
}

const told = {
  status: (of: Status): HouseholdEvent => ({ kind: 'status', serial: of.serial, status: of }),
  change: (of: ChangeAnswer): HouseholdEvent => ({ kind: 'change', serial: of.serial, change: of }),
  removed: (serial: string): HouseholdEvent => ({ kind: 'removed', serial }),
}

/** What is shown, briefly. */
function brief(shown: Known | undefined): string {
  const degrees = [...(shown?.thermostats ?? [])].map(
    ([serial, of]) => `${serial.slice(-1)} ${of.current_temperature}`,
  )
  const changes = [...(shown?.changes.values() ?? [])].map(({ id, state }) => `#${id} ${state}`)
  return [...degrees, ...changes].join(', ')
}

t.test('an event that came during a reading stays, whatever the answer says', async (t) => {
  const readings = new Readings()
  const reading = readings.begin()
  readings.hear(told.status(status(SERIAL, 20)))
  readings.hear(told.status(status(SERIAL, 21)))
  readings.hear(told.change(change(7, 'confirmed')))
  const answer = known([status(SERIAL, 19), status(OTHER, 18)], [change(6)])
  t.equal(brief(readings.answered(reading, answer)), '1 21, 2 18, #7 confirmed')
})

t.test('an event before a reading does not outlive its answer', async (t) => {
  const readings = new Readings()
  readings.hear(told.status(status(SERIAL, 21)))
  const reading = readings.begin()
  t.equal(brief(readings.answered(reading, known([status(SERIAL, 22)]))), '1 22')
})

t.test('a thermostat removed during a reading is gone, unless it came back', async (t) => {
  const readings = new Readings()
  const reading = readings.begin()
  readings.hear(told.status(status(SERIAL, 21)))
  readings.hear(told.removed(SERIAL))
  readings.hear(told.removed(OTHER))
  readings.hear(told.status(status(OTHER, 17)))
  const answer = known([status(SERIAL, 19), status(OTHER, 18)])
  t.equal(brief(readings.answered(reading, answer)), '2 17')
})

t.test('a change that came during a reading does not hide a later one of the answer', async (t) => {
  const readings = new Readings()
  const reading = readings.begin()
  readings.hear(told.change(change(7)))
  t.equal(brief(readings.answered(reading, known([], [change(8)]))), '#8 queued')
})

t.test(
  'of two readings, the answer of the later counts, in whatever order they come',
  async (t) => {
    const readings = new Readings()
    const [first, second] = [readings.begin(), readings.begin()]
    t.equal(brief(readings.answered(first, known([status(SERIAL, 19)]))), '1 19')
    t.equal(brief(readings.answered(second, known([status(SERIAL, 20)]))), '1 20')
    const [third, fourth] = [readings.begin(), readings.begin()]
    t.equal(brief(readings.answered(fourth, known([status(SERIAL, 22)]))), '1 22')
    t.equal(readings.answered(third, known([status(SERIAL, 21)])), undefined)
  },
)

t.test('a failure counts only of the last reading', async (t) => {
  const readings = new Readings()
  const [first, second] = [readings.begin(), readings.begin()]
  t.equal(readings.failed(first), false)
  t.equal(readings.failed(second), true)
})

t.test('what was asked for before the page was locked shows nothing any more', async (t) => {
  const readings = new Readings()
  const [first, second] = [readings.begin(), readings.begin()]
  readings.drop()
  t.equal(readings.answered(first, known([status(SERIAL, 19)])), undefined)
  t.equal(readings.failed(second), false)
  const after = readings.begin()
  t.equal(brief(readings.answered(after, known([status(SERIAL, 20)]))), '1 20')
})

t.test('an event keeps the order of the list, and adds at its end', async (t) => {
  const before = known([status(SERIAL, 19), status(OTHER, 18)])
  t.equal(brief(withEvent(before, told.status(status(SERIAL, 20)))), '1 20, 2 18')
  t.equal(brief(withEvent(known([]), told.status(status(OTHER, 18)))), '2 18')
})
