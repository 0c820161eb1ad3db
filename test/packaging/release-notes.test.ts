import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const SCRIPT = fileURLToPath(new URL('../../scripts/release-notes.mjs', import.meta.url))

const CHANGELOG = `# Changelog

## Unreleased

- Not yet.

## [1.10.0] - 2026-11-28

### Added

- A way to upgrade.

## 1.1.0

- The one before.

## 1.0.0
`

function notesOf(t: Test, ...version: string[]) {
  const file = `${t.testdir({ 'CHANGELOG.md': CHANGELOG })}/CHANGELOG.md`
  return spawnSync(process.execPath, [SCRIPT, ...version, file], { encoding: 'utf8' })
}

t.test('the notes of a release are its section of the changelog', async (t) => {
  t.equal(notesOf(t, '1.10.0').stdout, '### Added\n\n- A way to upgrade.\n')
  t.equal(notesOf(t, '1.1.0').stdout, '- The one before.\n')
})

t.test('without such a section there is no release', async (t) => {
  for (const version of ['1.0.0', '1.1', '1.10', '2.0.0', '1x1x0']) {
    const { status, stdout, stderr } = notesOf(t, version)
    t.equal(status, 1, version)
    t.equal(stdout, '', version)
    t.match(stderr, `says nothing about ${version}`)
  }
})
