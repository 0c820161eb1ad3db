import t from 'tap'
import { headlineOf, newerReleases } from '../../../src/commands/update/releases.ts'

const ANSWER = [
  { tag_name: 'v1.1.0-rc.1', prerelease: true, body: '', published_at: '2026-03-01T10:00:00Z' },
  { tag_name: 'v1.0.1', body: '- Mends the dial.', published_at: '2026-02-01T10:00:00Z' },
  { tag_name: 'v1.10.0', body: null, published_at: 7 },
  { tag_name: 'v9.0.0', draft: true },
  { tag_name: 'v8.0.0', prerelease: true },
  { tag_name: 'nightly' },
  { tag_name: 'v1.0.0' },
]

const versions = (current: string) => newerReleases(ANSWER, current)?.map(({ version }) => version)

t.test('newer releases come newest first, without drafts', async (t) => {
  t.strictSame(newerReleases(ANSWER, '1.0.0'), [
    { version: '1.10.0', tag: 'v1.10.0', headline: '', date: undefined },
    { version: '1.0.1', tag: 'v1.0.1', headline: 'Mends the dial.', date: '2026-02-01' },
  ])
  t.strictSame(versions('1.10.0'), [])
})

t.test('a candidate is offered only where one runs', async (t) => {
  t.strictSame(versions('1.0.1-rc.1'), ['8.0.0', '1.10.0', '1.1.0-rc.1', '1.0.1'])
})

t.test('what is no list of releases is recognised', async (t) => {
  for (const answer of [undefined, null, {}, 'text', [1], [null]]) {
    t.equal(newerReleases(answer, '1.0.0'), undefined, JSON.stringify(answer))
  }
})

t.test('the headline is the first paragraph or point, as plain text', async (t) => {
  const rows: [notes: string, headline: string][] = [
    [
      '### Added\n\n- **Install it anywhere.** A container\n  image, `.deb`\n- More\n',
      'Install it anywhere. A container image, .deb',
    ],
    ['See [the docs](https://example.org/x) first.\r\n\r\nMore', 'See the docs first.'],
    ['# 1.2.3\n', ''],
    ['', ''],
  ]
  for (const [notes, headline] of rows) t.equal(headlineOf(notes), headline)
  t.match(headlineOf('long '.repeat(5000)), /^.{150,159}…$/)
})
