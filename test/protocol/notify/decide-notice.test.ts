import t from 'tap'
import {
  decideNotice,
  NOTHING_TOLD,
  type Told,
} from '../../../src/protocol/notify/decide-notice.ts'
import type { NoticeKind, Sign } from '../../../src/protocol/notify/notice.ts'
import { now } from '../make.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** One thing, looked at again and again. */
class Story {
  told: Told
  #since: number | undefined
  readonly #kind: NoticeKind

  constructor(kind: NoticeKind, told = NOTHING_TOLD) {
    this.#kind = kind
    this.told = told
  }

  /** What is told when it is so after this time. */
  look(state: Sign['state'], afterMs: number, occurrence?: number): string | undefined {
    const sign = { kind: this.#kind, state, ...(occurrence === undefined ? {} : { occurrence }) }
    const { told, differsSinceMs, tell } = decideNotice(this.told, this.#since, sign, now(afterMs))
    this.told = told
    this.#since = differsSinceMs
    return tell
  }
}

t.test('each is told once when it begins, and once when it is over', async (t) => {
  const story = new Story('battery_low')
  t.equal(story.look('off', 0), undefined)
  t.equal(story.look('on', 1), 'begun')
  t.equal(story.look('on', 2), undefined)
  t.equal(story.look('off', 3), 'over')
  t.equal(story.look('off', 4), undefined)
})

t.test('a thermostat is told to be offline after 30 minutes, and back after one', async (t) => {
  const story = new Story('offline')
  t.equal(story.look('on', 0), undefined)
  t.equal(story.look('on', 30 * MINUTE_MS - 1), undefined)
  t.equal(story.look('on', 30 * MINUTE_MS), 'begun')
  t.equal(story.look('off', 31 * MINUTE_MS), undefined)
  t.equal(story.look('on', 31.5 * MINUTE_MS), undefined, 'it called once')
  t.equal(story.look('off', 40 * MINUTE_MS), undefined)
  t.equal(story.look('off', 41 * MINUTE_MS), 'over')
})

t.test('one that calls in between is offline anew', async (t) => {
  const story = new Story('offline')
  story.look('on', 0)
  story.look('off', 20 * MINUTE_MS)
  story.look('on', 21 * MINUTE_MS)
  t.equal(story.look('on', 45 * MINUTE_MS), undefined)
  t.equal(story.look('on', 51 * MINUTE_MS), 'begun')
})

t.test('what is unclear begins nothing and ends nothing', async (t) => {
  const story = new Story('battery_low')
  t.equal(story.look('unclear', 0), undefined)
  t.equal(story.look('on', 1), 'begun')
  t.equal(story.look('unclear', 2), undefined)
  t.equal(story.look('off', 3), 'over')
})

t.test('what comes and goes is told three times a day', async (t) => {
  const story = new Story('filter_due')
  const told: string[] = []
  for (let hour = 0; hour < 48; hour++) {
    const at = hour * 3_600_000
    for (const tell of [story.look('on', at), story.look('off', at + MINUTE_MS)]) {
      if (tell !== undefined) told.push(`${hour} ${tell}`)
    }
  }
  const hours = [0, 1, 2, 24, 25, 26]
  t.strictSame(
    told,
    hours.flatMap((hour) => [`${hour} begun`, `${hour} over`]),
  )
})

t.test('what still is so the next day is told then', async (t) => {
  const story = new Story('filter_due')
  for (let i = 0; i < 3; i++) {
    story.look('on', i)
    story.look('off', i)
  }
  t.equal(story.look('on', 10), undefined)
  t.equal(story.look('on', DAY_MS + 10), 'begun')
})

t.test('a restart does not repeat it, and the end is still told', async (t) => {
  const before = new Story('disk_low')
  before.look('on', 0)
  const onFile = JSON.parse(JSON.stringify(before.told)) as Told
  const after = new Story('disk_low', onFile)
  t.equal(after.look('on', MINUTE_MS), undefined)
  t.equal(after.look('off', 2 * MINUTE_MS), undefined)
  t.equal(after.look('off', 12 * MINUTE_MS), 'over')
})

t.test('each change that fails is news; a later one that is confirmed ends it', async (t) => {
  const story = new Story('change_failed')
  t.equal(story.look('on', 0, 17), 'begun')
  t.equal(story.look('on', 1, 17), undefined, 'its other part')
  t.equal(story.look('on', 2, 18), 'begun')
  t.equal(story.look('off', 3, 19), 'over')
})

t.test('a wall clock that went back does not silence it', async (t) => {
  const future = now(365 * DAY_MS).wallMs
  const told = { isOn: false, begunAtMs: [future, future, future], occurrence: null }
  t.equal(new Story('battery_low', told).look('on', 0), 'begun')
})
