import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

// The workflow runs nowhere but on GitHub. These tests find what can be wrong with it here.

const ROOT = new URL('../../', import.meta.url)
const WORKFLOW = readFileSync(new URL('.github/workflows/release.yml', ROOT), 'utf8')

/** The lines after `run:`, of each step; a block is indented further than its key. */
function scripts(): string[] {
  const found: string[] = []
  const lines = WORKFLOW.split('\n')
  for (const [index, line] of lines.entries()) {
    const [, key = '', text = ''] = /^( *(?:- )?)run: *(.*)$/.exec(line) ?? []
    if (key === '') continue
    if (text !== '|') {
      found.push(text)
      continue
    }
    const rest = lines.slice(index + 1)
    const end = rest.findIndex((each) => each !== '' && each.search(/\S/) <= key.length)
    found.push(rest.slice(0, end === -1 ? undefined : end).join('\n'))
  }
  return found
}

t.test('every script that the release workflow names is there, and can be run', async (t) => {
  const named = new Set(WORKFLOW.match(/(?:scripts|\.ci)\/[\w./-]+/g))
  t.ok(named.has('scripts/build-deb.sh'))
  t.ok(named.has('.ci/run'))
  for (const path of named) {
    t.doesNotThrow(() => accessSync(fileURLToPath(new URL(path, ROOT)), constants.X_OK), path)
  }
})

t.test('each of its steps is a shell script without a mistake', async (t) => {
  const found = scripts()
  t.ok(found.length > 5)
  for (const script of found) {
    const { stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })
    t.equal(stderr, '', script)
  }
})

t.test('it is indented with blanks, and no plain text in it breaks YAML', async (t) => {
  t.notMatch(WORKFLOW, /\t/)
  for (const line of WORKFLOW.split('\n')) {
    const [, text = ''] = /^ *(?:- )?(?:run|name|uses): (.*)$/.exec(line) ?? []
    t.notMatch(text, /: | #|^["'&*!%@`[{>]/, line)
  }
})

t.test('what it publishes is hashed, and its origin stated, before it is attached', async (t) => {
  const order = [
    'release-notes.mjs',
    'npm sbom',
    'SHA256SUMS',
    'attest-build-provenance',
    'gh release',
  ]
  const places = order.map((text) => WORKFLOW.indexOf(text))
  t.notOk(places.includes(-1))
  t.strictSame(
    places.toSorted((one, other) => one - other),
    places,
  )
})
