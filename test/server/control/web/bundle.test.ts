import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { bundlePage } from '../../../../src/server/control/web/bundle.ts'

const ICONS = join(import.meta.dirname, '../../../../src/web/icons')

/** The sources of a small page. */
function sources(t: Test, files: Readonly<Record<string, string>> = {}): string {
  const folder = t.testdir({
    'index.html':
      '<head><link href="web/style.css"><link href="web/manifest.json"></head><script src="web/main.js"></script>',
    'manifest.json': '{"icons":[{"src":"icon-192.png"}]}',
    'style.css': 'body { color: red }',
    'main.tsx': "import { said } from './said.ts'\nsaid()\nimport('./charts.ts')",
    'said.ts': "export const said = () => console.log('hello')",
    'charts.ts': "import { said } from './said.ts'\nsaid()\nconsole.log('a chart')",
    icons: {},
    ...files,
  })
  cpSync(ICONS, join(folder, 'icons'), { recursive: true })
  return folder
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()

t.test('every file but the page has its hash in its name, and the page names these', async (t) => {
  const folder = sources(t)
  const files = await bundlePage(folder)
  const page = text(files.get('index.html'))
  const named = [...page.matchAll(/"web\/([^"]+)"/g)].map(([, name = '']) => name)
  t.equal(named.length, 4, 'style, manifest, script, and what the script imports')
  for (const name of named) {
    t.match(name, /^[\w-]+-[\w]{8}\.\w+$/)
    t.ok(files.has(name), name)
  }
  const manifest = named.find((name) => name.startsWith('manifest')) ?? ''
  const [, icon = ''] = /"src":"(.+?)"/.exec(text(files.get(manifest))) ?? []
  t.same(Buffer.from(files.get(icon) ?? []), readFileSync(join(ICONS, 'icon-192.png')))
  writeFileSync(join(folder, 'style.css'), 'body { color: blue }')
  const again = text((await bundlePage(folder)).get('index.html'))
  const style = named.find((name) => name.startsWith('style')) ?? ''
  const script = named.find((name) => name.startsWith('main')) ?? ''
  t.notMatch(again, style, 'another style has another name')
  t.match(again, script, 'and the script keeps its own')
})

t.test('what is imported when it is needed is a file of its own', async (t) => {
  const files = await bundlePage(sources(t))
  const chart = [...files].filter(([, bytes]) => text(bytes).includes('a chart'))
  t.match(
    chart.map(([name]) => name),
    [/^charts-\w+\.js$/],
  )
  t.notMatch(text(files.get('index.html')), 'charts')
})

t.test('what gets smaller is there as brotli and gzip, too', async (t) => {
  const rules = Array.from({ length: 50 }, (_, i) => `.rule-${i} { color: red; width: ${i}px }`)
  const files = await bundlePage(sources(t, { 'style.css': rules.join('\n') }))
  const [name = ''] = [...files.keys()].filter((each) => /^style.*css$/.test(each))
  t.equal(text(brotliDecompressSync(files.get(`${name}.br`) ?? '')), text(files.get(name)))
  t.equal(text(gunzipSync(files.get(`${name}.gz`) ?? '')), text(files.get(name)))
  t.notOk([...files.keys()].some((each) => /png\.(br|gz)$/.test(each)))
})

t.test('a mistake is told with its place', async (t) => {
  const folder = sources(t, { 'main.tsx': "console.log('fine')\nimport './nowhere.ts'" })
  await t.rejects(bundlePage(folder), {
    code: 'internal',
    message: /nowhere\.ts.*src\/web\/main\.tsx:2.*load the page again/,
  })
  const page = sources(t, { 'index.html': '<script src="web/mian.js"></script>' })
  await t.rejects(bundlePage(page), { message: /web\/mian\.js/ })
})

const CHILDREN = `/proc/${process.pid}/task/${process.pid}/children`
const skip = existsSync(CHILDREN) ? false : 'this system does not list the children of a process'

t.test('esbuild has ended when the page is put together', { skip }, async (t) => {
  await bundlePage(sources(t))
  // It may take a moment until the system knows that it has ended, and those of the tests before.
  while (readFileSync(CHILDREN, 'utf8') !== '') await sleep(10)
  t.pass('no child is left')
})
