import t from 'tap'
import {
  isRecent,
  recentOf,
  recentWithNow,
  secondsUntilPast,
} from '../../src/protocol/last-minute.ts'

t.test('a time is recent for 60 seconds', async (t) => {
  t.ok(isRecent(0, 59_999))
  t.notOk(isRecent(0, 60_000))
  t.strictSame(recentOf([0, 1, 30_000], 60_000), [1, 30_000])
  t.strictSame(recentOf([], 60_000), [])
  t.strictSame(recentWithNow([0, 1, 30_000], 60_000, 2), [30_000, 60_000])
})

t.test('the wait is a whole number of seconds, at least 1', async (t) => {
  t.equal(secondsUntilPast(0, 0), 60)
  t.equal(secondsUntilPast(0, 10_000), 50)
  t.equal(secondsUntilPast(0, 10_001), 50)
  t.equal(secondsUntilPast(0, 59_999), 1)
  t.equal(secondsUntilPast(0, 60_000), 1)
})
