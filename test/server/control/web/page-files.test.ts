import t from 'tap'
import { PageFiles } from '../../../../src/server/control/web/page-files.ts'
import { silentLogger } from '../../../../src/server/core/logger.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

function pageFiles(open: () => Promise<(name: string) => Uint8Array | undefined>) {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const log = { ...silentLogger, error: (_: string, fields: unknown) => errors.push(fields) }
  return { clock, errors, files: new PageFiles({ clock, log }, open) }
}

t.test('the page is put together once, whoever asks meanwhile', async (t) => {
  let opened = 0
  const folder = new Map([
    ['index.html', bytes('page')],
    ['index.html.gz', bytes('p')],
  ])
  const { files } = pageFiles(async () => {
    opened += 1
    return (name) => folder.get(name)
  })
  t.equal(opened, 0, 'nothing before somebody asks')
  const [first, second] = await Promise.all([files.page(), files.page(), files.file('x.js')])
  t.equal(first.version, second.version)
  t.match(first, { type: /html/, gz: bytes('p'), br: undefined })
  t.equal(opened, 1)
  t.equal(await files.file('x.js'), undefined)
  t.equal(await files.file('index.html.gz'), undefined, 'it is only another form of a file')
})

t.test('a page that cannot be put together is told, and tried again a moment later', async (t) => {
  let opened = 0
  const { clock, errors, files } = pageFiles(async () => {
    opened += 1
    if (opened === 1) throw new Error('no esbuild')
    return () => bytes('page')
  })
  await t.rejects(files.page(), /no esbuild/)
  await t.rejects(files.page(), /no esbuild/)
  t.equal(opened, 1, 'at once it would fail again')
  t.same(errors, [{ reason: 'no esbuild' }])
  clock.advance(2_000)
  t.match(await files.page(), { bytes: bytes('page') })
})
