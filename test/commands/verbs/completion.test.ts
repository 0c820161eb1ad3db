import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import t from 'tap'
import {
  completionScript,
  SHELLS,
  type Shell,
} from '../../../src/commands/help/completion-scripts.ts'
import { verbTable } from '../../../src/commands/help/verb-table.ts'
import { sampleProgram } from '../sample-program.ts'

const table = verbTable(sampleProgram())
const present = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0
const where = (shell: string) => (present(shell) ? {} : { skip: `${shell} is not installed` })

t.test('every shell accepts its script', async (t) => {
  for (const shell of SHELLS.filter(present)) {
    const folder = t.testdir({ script: completionScript(table, shell) })
    const { status, stderr } = spawnSync(shell, ['-n', `${folder}/script`], { encoding: 'utf8' })
    t.equal(status, 0, shell)
    t.equal(stderr, '', shell)
  }
})

/** The words that are offered, and not offered, for the last of `words`. */
const ROWS: [words: string[], offered: string[], absent: string[]][] = [
  [
    ['nle', 'se'],
    ['serve', 'service'],
    ['pair', 'secret'],
  ],
  [['nle', 'serve', '--'], ['--port', '--db', '--help'], ['--yes']],
  [['nle', 'serve', '--log-format', ''], ['text', 'json'], ['--port']],
  [['nle', 'service', ''], ['install', 'status'], ['serve']],
  [['nle', 'svc', 'install', '--'], ['--yes'], ['--port']],
  [['nle', 'serve', '--db', 'p'], ['package.json'], ['pair']],
  // Files where the argument is one.
  [['nle', 'load', 'p'], ['package.json'], ['pair']],
  [['nle', 'load', '--port', '1', 'p'], ['package.json'], ['pair']],
  [['nle', 'load', 'x', 'p'], [], ['package.json']],
]

function inBash(words: readonly string[]): string {
  const script = `${completionScript(table, 'bash')}
COMP_LINE='${words.join(' ')}'; COMP_POINT=\${#COMP_LINE}
compopt() { :; }
_nle; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })
}

function inFish(words: readonly string[]): string {
  const script = `${completionScript(table, 'fish')}\ncomplete -C '${words.join(' ')}'`
  return execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' })
}

for (const [shell, complete] of [
  ['bash', inBash],
  ['fish', inFish],
] as const satisfies [Shell, unknown][]) {
  t.test(`${shell} offers what fits at each place`, where(shell), async (t) => {
    t.ok(readdirSync('.').includes('package.json'), 'the rows complete a file of this folder')
    for (const [words, offered, absent] of ROWS) {
      const lines = complete(words)
        .split('\n')
        .map((line) => line.split('\t')[0])
      for (const word of offered) t.ok(lines.includes(word), `${words.join(' ')}: ${word}`)
      for (const word of absent) t.notOk(lines.includes(word), `${words.join(' ')}: no ${word}`)
    }
  })
}

t.test('escapes quotes and brackets of descriptions for zsh', async (t) => {
  const script = completionScript(table, 'zsh')
  t.match(script, "'serve:run the server\\: it'\\''s \"all\" \\[of it\\]'")
})
