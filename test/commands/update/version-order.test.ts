import t from 'tap'
import { compareVersions, parseVersion } from '../../../src/commands/update/version-order.ts'

/** In order; each comes before all that follow. */
const ORDER = [
  '0.1.0',
  '0.2.0',
  '0.10.0',
  '1.0.0-1',
  '1.0.0-2',
  '1.0.0-10',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-beta',
  '1.0.0-rc.2',
  '1.0.0-rc.10',
  '1.0.0',
  '1.0.1',
  '2.0.0',
]

t.test('versions are ordered by their numbers, and come after their own candidates', async (t) => {
  const versions = ORDER.map((text) => parseVersion(text)).filter((each) => each !== undefined)
  t.equal(versions.length, ORDER.length)
  for (const [at, one] of versions.entries()) {
    for (const [otherAt, other] of versions.entries()) {
      t.equal(
        Math.sign(compareVersions(one, other)),
        Math.sign(at - otherAt),
        `${ORDER[at]} and ${ORDER[otherAt]}`,
      )
    }
  }
})

t.test('a "v" in front and what follows a plus sign do not count', async (t) => {
  t.strictSame(parseVersion('v1.2.3+build.7'), parseVersion('1.2.3'))
})

t.test('anything else is no version', async (t) => {
  for (const text of ['', 'latest', '1.2', 'v1.2.3.4', '1.2.x', '1.2.3-', '1.2.3-a;b', '1.2.3\n']) {
    t.equal(parseVersion(text), undefined, text)
  }
})
