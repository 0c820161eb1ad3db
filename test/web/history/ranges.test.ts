import t from 'tap'
import type { Zone } from '../../../src/protocol/history/calendar.ts'
import {
  earlier,
  freshness,
  isInSight,
  later,
  type Range,
  rangeOf,
  SPANS,
  zoneNamed,
  zonesDiffer,
} from '../../../src/web/views/history/history-range.ts'
import { timeTicks } from '../../../src/web/views/history/time-ticks.ts'

const berlin = known('Europe/Berlin')
const utc = known('UTC')

function known(name: string): Zone {
  const zone = zoneNamed(name)
  if (zone === undefined) throw new Error(`there is no ${name}`)
  return zone
}

const at = (text: string) => Date.parse(text)
const hours = ({ fromMs, toMs }: Range) => (toMs - fromMs) / 3_600_000
const text = (ms: number) => new Date(ms).toISOString().slice(0, 16)

t.test('a range is whole local days, the last one that of the instant', async (t) => {
  const now = at('2026-11-28T00:30+01:00')
  const of = (span: Range['span']) => {
    const { fromMs, toMs } = rangeOf(span, now, berlin)
    return [text(fromMs), text(toMs)]
  }
  t.strictSame(of('day'), ['2026-11-27T23:00', '2026-11-28T23:00'])
  t.strictSame(of('week'), ['2026-11-21T23:00', '2026-11-28T23:00'])
  t.strictSame(of('month'), ['2026-10-29T23:00', '2026-11-28T23:00'])
  t.strictSame(of('year'), ['2025-11-28T23:00', '2026-11-28T23:00'])
})

t.test('days on which the clock is changed have 23 and 25 hours', async (t) => {
  t.equal(hours(rangeOf('day', at('2026-03-29T12:00+02:00'), berlin)), 23)
  t.equal(hours(rangeOf('day', at('2026-10-25T12:00+01:00'), berlin)), 25)
  t.equal(hours(rangeOf('week', at('2026-10-26T12:00+01:00'), berlin)), 7 * 24 + 1)
})

t.test('back and forward go through time without a gap, and end at now', async (t) => {
  const now = at('2026-04-10T12:00+02:00')
  for (const span of SPANS) {
    const shown = rangeOf(span, now, berlin)
    t.equal(later(shown, now), undefined)
    const before = rangeOf(span, earlier(shown), berlin)
    t.equal(before.toMs, shown.fromMs, span)
    t.equal(later(before, now), undefined, 'the one after is that of now')
    const older = rangeOf(span, earlier(before), berlin)
    const again = rangeOf(span, later(older, now) ?? 0, berlin)
    t.strictSame(again, before, `${span}: forward undoes back`)
  }
})

t.test('what is over is not read again, and a day sooner than a year', async (t) => {
  const now = at('2026-11-28T12:00Z')
  const day = rangeOf('day', now, utc)
  t.ok(isInSight(day, now))
  t.equal(freshness(rangeOf('day', earlier(day), utc), now), 0)
  t.not(freshness(day, now), freshness(day, now + 30_000))
  const year = rangeOf('year', now, utc)
  t.equal(freshness(year, now), freshness(year, now + 30_000))
})

t.test('a zone is told when its clock is another one', async (t) => {
  const summer = rangeOf('day', at('2026-07-01T12:00Z'), utc)
  t.ok(zonesDiffer(summer, utc, berlin))
  t.notOk(zonesDiffer(summer, berlin, zoneNamed('Europe/Paris') ?? utc))
  t.equal(zoneNamed('Mars/Olympus'), undefined)
})

t.test('an axis names hours, days and months, fewer where there is less room', async (t) => {
  const labels = (span: Range['span'], last: string, width: number) =>
    timeTicks(rangeOf(span, at(last), berlin), berlin, width, 'en-GB').map(({ label }) => label)
  const friday = '2026-11-27T12:00+01:00'
  t.strictSame(labels('day', friday, 1000).slice(0, 3), ['00:00', '02:00', '04:00'])
  t.strictSame(labels('day', friday, 270), ['00:00', '06:00', '12:00', '18:00'])
  t.strictSame(labels('week', friday, 600).at(-1), 'Fri 27')
  t.equal(labels('week', friday, 270).length, 4)
  t.strictSame(labels('month', friday, 270), ['29 Oct', '8 Nov', '18 Nov'])
  t.strictSame(labels('year', friday, 270), ['Jan', 'Apr', 'Jul', 'Oct'])
})

t.test('a skipped hour is not named, one that comes twice is named once', async (t) => {
  const labels = (day: string) =>
    timeTicks(rangeOf('day', at(day), berlin), berlin, 2000, 'en-GB').map(({ label }) => label)
  const spring = labels('2026-03-29T12:00+02:00')
  t.strictSame(spring.slice(0, 4), ['00:00', '01:00', '03:00', '04:00'])
  const autumn = labels('2026-10-25T12:00+01:00')
  t.strictSame(autumn.slice(0, 5), ['00:00', '01:00', '02:00', '03:00', '04:00'])
  t.equal(autumn.length, 24)
})
