import t from 'tap'
import { isBackupDue } from '../../../src/protocol/backup/backup-times.ts'

const BERLIN_S = 2 * 3600
const AUCKLAND_S = 13 * 3600

t.test('a backup is due once the night has come since the last one, by local time', async (t) => {
  const rows: [
    why: string,
    last: string | undefined,
    now: string,
    offsetS: number,
    due: boolean,
  ][] = [
    ['there is none', undefined, '2026-06-01T12:00Z', 0, true],
    ['the night has not come', '2026-06-01T12:00Z', '2026-06-02T03:09Z', 0, false],
    ['the night has come', '2026-06-01T12:00Z', '2026-06-02T03:10Z', 0, true],
    ['it was made this night', '2026-06-02T03:10Z', '2026-06-02T23:00Z', 0, false],
    ['in summer in Berlin', '2026-06-01T12:00Z', '2026-06-02T01:09Z', BERLIN_S, false],
    [
      'in summer in Berlin, at ten past three',
      '2026-06-01T12:00Z',
      '2026-06-02T01:10Z',
      BERLIN_S,
      true,
    ],
    [
      'in Auckland, where it is tomorrow',
      '2026-06-01T12:00Z',
      '2026-06-01T14:10Z',
      AUCKLAND_S,
      true,
    ],
    ['west of UTC', '2026-06-01T12:00Z', '2026-06-02T08:09Z', -5 * 3600, false],
    ['missed for a week', '2026-06-01T03:10Z', '2026-06-08T18:00Z', 0, true],
    ['the last one is of a wrong clock', '2031-01-01T00:00Z', '2026-06-02T12:00Z', 0, true],
  ]
  for (const [why, last, now, offsetS, due] of rows) {
    const lastMs = last === undefined ? undefined : Date.parse(last)
    t.equal(
      isBackupDue(lastMs, Date.parse(now), () => offsetS),
      due,
      why,
    )
  }
})

t.test('a year has one backup a night, also when clocks are changed', async (t) => {
  const beginMs = Date.parse('2026-01-01T00:00Z')
  // Summer time as in Berlin.
  const offsetS = (atMs: number): number =>
    atMs >= Date.parse('2026-03-29T01:00Z') && atMs < Date.parse('2026-10-25T01:00Z') ? 7200 : 3600
  const made: number[] = []
  for (let nowMs = beginMs; nowMs < beginMs + 365 * 86_400_000; nowMs += 600_000) {
    if (isBackupDue(made.at(-1), nowMs, offsetS)) made.push(nowMs)
  }
  const [first, ...nights] = made.map((ms) => new Date(ms + offsetS(ms) * 1000).toISOString())
  t.equal(first, '2026-01-01T01:00:00.000Z', 'the first one at once')
  t.equal(new Set(nights.map((day) => day.slice(0, 10))).size, 365)
  t.equal(nights.length, 365)
  for (const day of nights) t.match(day, 'T03:10')
})
