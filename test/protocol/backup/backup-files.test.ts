import t from 'tap'
import {
  backupName,
  isLeftOver,
  newestOf,
  nightlyBackups,
  surplusOf,
} from '../../../src/protocol/backup/backup-files.ts'

const DATABASE = 'nle.sqlite'
const nameOf = (day: string): string => backupName(DATABASE, Date.parse(`${day}T03:10:00.123Z`))

t.test('only files of our own naming count', async (t) => {
  t.equal(nameOf('2026-11-28'), 'nle-nightly-20261128T031000Z.sqlite')
  const foreign = [
    'nle.sqlite',
    'nle-2026-11-28.sqlite',
    'nle-nightly-20261128T031000Z.sqlite.old',
    'nle-nightly-20261128T031000Z.sqlite.part',
    'nle-nightly-20269928T031000Z.sqlite',
    'my-nle-nightly-20261128T031000Z.sqlite',
    'other-nightly-20261128T031000Z.sqlite',
    'nle-nightly-.sqlite',
    'holiday.jpg',
  ]
  const own = [nameOf('2026-11-28'), nameOf('2026-11-27')]
  const found = nightlyBackups(DATABASE, [...foreign, ...own])
  t.strictSame(
    found.map(({ name }) => name),
    own.toReversed(),
    'the oldest first',
  )
  t.equal(found[0]?.madeAtMs, Date.parse('2026-11-27T03:10:00Z'))
})

t.test('what is left of a backup that was cut short', async (t) => {
  const part = `${nameOf('2026-11-28')}.part`
  for (const name of [part, `${part}-journal`, `${part}.trial`, `${part}.trial-wal`]) {
    t.ok(isLeftOver(DATABASE, name), name)
  }
  for (const name of [nameOf('2026-11-28'), 'nle.sqlite.part', 'film.part']) {
    t.notOk(isLeftOver(DATABASE, name), name)
  }
})

t.test('the oldest are removed, never the new one, and first those of a wrong clock', async (t) => {
  const surplus = (days: readonly string[], keep: number, fresh: string): string[] => {
    const backups = nightlyBackups(DATABASE, days.map(nameOf))
    const [made] = nightlyBackups(DATABASE, [nameOf(fresh)])
    if (made === undefined) throw new Error('no such file')
    return surplusOf(backups, keep, made).map(({ name }) => name)
  }
  const days = ['2026-11-25', '2026-11-26', '2026-11-27']
  t.strictSame(surplus(days, 3, '2026-11-27'), [])
  t.strictSame(surplus(days, 2, '2026-11-27'), [nameOf('2026-11-25')])
  t.strictSame(surplus(days, 1, '2026-11-27'), ['2026-11-25', '2026-11-26'].map(nameOf))
  t.strictSame(surplus([...days, '2031-01-01'], 3, '2026-11-27'), [nameOf('2031-01-01')])
  // The clock went back to the past: the new one looks like the oldest.
  t.strictSame(surplus(['2020-01-01', ...days], 3, '2020-01-01'), [nameOf('2026-11-25')])
  t.strictSame(
    newestOf(nightlyBackups(DATABASE, days.map(nameOf)), Date.parse('2026-11-26T12:00Z')),
    {
      name: nameOf('2026-11-26'),
      madeAtMs: Date.parse('2026-11-26T03:10:00Z'),
    },
  )
})
