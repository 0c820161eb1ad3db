import { getHeapSpaceStatistics } from 'node:v8'
import t from 'tap'
import {
  HeapWatch,
  oldSpaceLimit,
  processHeap,
  shrinkHeap,
} from '../../../src/server/core/heap-watch.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

/** Memory of which a test says how much is in use, and how much of that is garbage. */
function heapOf(live: number, garbage: number) {
  const heap = { live, garbage, collected: 0 }
  return {
    heap,
    use: () => ({ usedBytes: (heap.live + heap.garbage) * 1e6, limitBytes: 100e6 }),
    collect: () => {
      heap.garbage = 0
      heap.collected += 1
    },
  }
}

t.test('garbage is collected before memory counts as short', async (t) => {
  const clock = new ManualClock()
  const log = new RecordingLogger()
  const memory = heapOf(20, 70)
  const watch = new HeapWatch(clock, log, memory)
  t.teardown(() => watch.stop())
  t.equal(watch.load, 'plenty')
  t.equal(memory.heap.collected, 1)
  t.strictSame(log.lines, [])
})

t.test('the log says once that memory is short, and once that it is over', async (t) => {
  const clock = new ManualClock()
  const log = new RecordingLogger()
  const memory = heapOf(85, 0)
  const watch = new HeapWatch(clock, log, memory)
  t.teardown(() => watch.stop())
  t.equal(watch.load, 'full')
  for (let i = 0; i < 10; i++) {
    clock.advance(500)
    t.equal(watch.load, 'full')
  }
  t.match(log.lines, [{ level: 'warn', fields: { used_mb: 85, limit_mb: 100 } }])
  t.equal(log.lines.length, 1)
  memory.heap.live = 20
  clock.advance(500)
  t.equal(watch.load, 'plenty')
  t.match(log.lines.slice(1), [{ level: 'info', event: 'there is memory again' }])
})

t.test('memory is looked at ten times a second, not with each request', async (t) => {
  const clock = new ManualClock()
  const memory = heapOf(20, 0)
  const watch = new HeapWatch(clock, new RecordingLogger(), memory)
  t.teardown(() => watch.stop())
  t.equal(watch.load, 'plenty')
  memory.heap.live = 90
  t.equal(watch.load, 'plenty')
  clock.advance(100)
  t.equal(watch.load, 'full')
})

t.test('what can be freed is freed for as long as memory is short', async (t) => {
  const clock = new ManualClock()
  const memory = heapOf(65, 0)
  const watch = new HeapWatch(clock, new RecordingLogger(), memory)
  t.teardown(() => watch.stop())
  let freed = 0
  watch.whileShort(() => {
    freed += 1
  })
  clock.advance(2_000)
  t.equal(freed, 0, 'nobody has looked')
  t.equal(watch.load, 'tight')
  clock.advance(2_000)
  t.equal(freed, 4)
  memory.heap.live = 20
  clock.advance(5_000)
  t.equal(freed, 5)
})

t.test('the limit is the one that the operator set', async (t) => {
  const set = 96 * 1024 * 1024
  t.equal(oldSpaceLimit(300e6, ['--max-old-space-size=96']), set)
  t.equal(oldSpaceLimit(300e6, ['', '--enable-source-maps --max_old_space_size=96']), set)
  t.equal(oldSpaceLimit(1000, []), 900)
})

t.test('the memory of this process has a size, and its garbage can be collected', async (t) => {
  const heap = processHeap()
  const { usedBytes, limitBytes } = heap.use()
  t.ok(usedBytes > 1e6 && usedBytes < limitBytes)
  heap.collect()
})

t.test('a process gives back the space that its new objects once had', async (t) => {
  const newSpaceBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  let kept: unknown[] = []
  while (newSpaceBytes() < 4e6)
    kept = [...kept.slice(-100_000), ...Array.from({ length: 10_000 }, () => [1, 2])]
  shrinkHeap()
  t.ok(newSpaceBytes() < 4e6)
})
