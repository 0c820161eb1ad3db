import t from 'tap'
import { EventLog } from '../../../../src/server/control/events/event-log.ts'

function logOf(...serials: string[]): EventLog {
  const log = new EventLog('e', 4, 1_000)
  for (const serial of serials) log.add({ type: 'message', serial })
  return log
}

t.test('a reader gets the events after the last one it saw', async (t) => {
  const log = logOf('A', 'B', 'C')
  t.same(
    log.since('e-1')?.map(({ id, serial }) => `${id} ${serial}`),
    ['e-2 B', 'e-3 C'],
  )
  t.same(log.since('e-3'), [], 'nothing was missed')
  t.equal(log.lastId, 'e-3')
})

t.test('a reader can resume from before the first event', async (t) => {
  const log = logOf()
  t.same(log.since(log.lastId), [])
  log.add({ type: 'message', serial: 'A' })
  t.match(log.since('e-0'), [{ id: 'e-1' }])
})

t.test('only the latest event about each thing is repeated', async (t) => {
  const log = logOf('A', 'B', 'A')
  log.add({ type: 'status', serial: 'A' })
  t.same(
    log.since('e-0')?.map(({ id }) => id),
    ['e-2', 'e-3', 'e-4'],
  )
})

t.test('events about different commands are kept apart', async (t) => {
  const log = logOf()
  for (const commandId of [7, 8, 7]) {
    log.add({ type: 'change', serial: 'A', change: { commandId, data: '{}' } })
  }
  t.same(
    log.since('e-0')?.map(({ id, change }) => `${id} ${change?.commandId}`),
    ['e-2 8', 'e-3 7'],
  )
})

t.test('an id of unknown or forgotten events gives none', async (t) => {
  const log = logOf('A', 'B', 'C', 'D', 'E', 'F')
  t.equal(log.since('e-2')?.length, 4, 'the oldest one kept is the next')
  for (const [id, why] of [
    ['e-1', 'it is too long ago'],
    ['e-7', 'it is from the future'],
    ['f-4', 'it is another process’s'],
    ['e-4-4', 'it is none'],
    ['e-', 'it has no number'],
    ['e--1', 'it is negative'],
    ['', 'it is empty'],
  ] as const) {
    t.equal(log.since(id), undefined, why)
  }
})

t.test('long reports are kept for less long', async (t) => {
  const log = logOf()
  for (const commandId of [1, 2, 3]) {
    log.add({ type: 'change', serial: 'A', change: { commandId, data: 'x'.repeat(400) } })
  }
  t.equal(log.since('e-0'), undefined)
  t.equal(log.since('e-1')?.length, 2)
  log.add({ type: 'change', serial: 'A', change: { commandId: 4, data: 'x'.repeat(5_000) } })
  t.equal(log.since('e-3'), undefined)
  t.same(log.since('e-4'), [])
  log.add({ type: 'message', serial: 'A' })
  t.equal(log.since('e-4')?.length, 1)
})
