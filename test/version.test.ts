import { readFileSync } from 'node:fs'
import t from 'tap'
import { COMMIT, VERSION, versionText } from '../src/version.ts'

t.test('the version is the one of package.json', async (t) => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  t.equal(VERSION, manifest.version)
})

t.test('run from source, the commit is called source', async (t) => {
  t.equal(COMMIT, 'source')
  t.equal(versionText(), `nle ${VERSION} (source)`)
})
