import { spawnSync } from 'node:child_process'
import t from 'tap'
import { manPage } from '../../../src/commands/help/man-page.ts'
import { verbTable } from '../../../src/commands/help/verb-table.ts'
import { sampleProgram } from '../sample-program.ts'

const page = manPage(verbTable(sampleProgram()), '1.2.3', '2026-01-02')

t.test('the page names every visible verb, option and variable', async (t) => {
  for (const text of [
    '.SS "service install"',
    '\\fB\\-\\-log\\-format <format>\\fR',
    '.B SERVER_PORT',
    'What the screen shows.',
    '.B 130\ncancelled',
  ]) {
    t.ok(page.includes(text), text)
  }
  t.notMatch(page, 'secret')
})

t.test('writes characters outside ASCII in the notation of groff', async (t) => {
  t.match(page, 'Wait \\[u2026] at 20 \\[u00B0]C.')
})

t.test('the page bears version and date', async (t) => {
  t.match(page, '.TH NLE 1 "2026-01-02" "nle 1.2.3"')
})

const groff = spawnSync('groff', ['--version']).status === 0
t.test('groff accepts the page without warnings', groff ? {} : { skip: 'no groff' }, async (t) => {
  const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
    input: page,
    encoding: 'utf8',
  })
  t.equal(status, 0)
  t.equal(stderr, '')
})
