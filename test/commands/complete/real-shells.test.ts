import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Shell } from '../../../src/commands/help/completion-scripts.ts'
import { startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

/**
 * Completion in the shells themselves, on a terminal: keys are typed, and what the command is given in the end
 * counts. The names are such that a slip in quoting would run a part of them.
 */

const PROGRAM = fileURLToPath(new URL('../../../bin/nle.ts', import.meta.url))

/** How each shell starts without the files of the person who runs the tests, and takes the script. */
const SHELLS: Readonly<Record<Shell, { start: string; take: (script: string) => string }>> = {
  bash: { start: 'bash --norc --noprofile -i', take: (script) => `. ${script}` },
  zsh: {
    start: 'zsh -f -i',
    take: (script) => `autoload -U compinit; compinit -u -D; . ${script}`,
  },
  fish: { start: 'fish --no-config -i', take: (script) => `source ${script}` },
}

/** What shells replace inside and outside of quotes. */
const HOSTILE = `Y\${HOME}!! *?[a]~{b,c}`
const NAMES = [
  'Living room',
  `Bob's "den"`,
  '$(touch ran) `touch ran`',
  ';touch ran;#|&>ran<',
  HOSTILE,
  'Küche 🔥 日本',
  'x\\y: z=1@2',
  'Über\u001b[31m\ntouch ran',
]

/** What is typed up to the tab, and what the command is given. */
function rows(serials: readonly string[]): [keys: string, args: string[]][] {
  const [, , , , , , , nameless = ''] = serials
  return [
    ['status liv\t', ['status', 'Living room']],
    ['status "Liv\t', ['status', 'Living room']],
    [`status 'Liv\t`, ['status', 'Living room']],
    ['status Bob\t', ['status', `Bob's "den"`]],
    ['status "bob\t', ['status', `Bob's "den"`]],
    [`status 'bob\t`, ['status', `Bob's "den"`]],
    ['status \\$\t', ['status', '$(touch ran) `touch ran`']],
    [`status '$\t`, ['status', '$(touch ran) `touch ran`']],
    ['status \\;\t', ['status', ';touch ran;#|&>ran<']],
    [`status 'Y\t`, ['status', HOSTILE]],
    ['status "Y\t', ['status', HOSTILE]],
    ['status Y\t', ['status', HOSTILE]],
    ['status K\t', ['status', 'Küche 🔥 日本']],
    ['status x\t', ['status', 'x\\y: z=1@2']],
    // It has no name that could be typed.
    [`status ${nameless}\t`, ['status', nameless]],
    ['status liv\tset\t', ['status', 'Living room', 'set']],
    ['set liv\thome\t', ['set', 'Living room', 'home']],
    ['set liv\tfan au\t', ['set', 'Living room', 'fan', 'auto']],
    [
      'set liv\tsetting temperature_sc\tF',
      ['set', 'Living room', 'setting', 'temperature_scale=F'],
    ],
    ['set liv\tsetting click_sound=of\t', ['set', 'Living room', 'setting', 'click_sound=off']],
    ['sched\tedi\tliv\t', ['schedule', 'edit', 'Living room']],
    ['schedule set liv\tmon,tu\t', ['schedule', 'set', 'Living room', 'mon,tue']],
    ['serve --log-format js\t', ['serve', '--log-format', 'json']],
    ['serve --log-format=js\t', ['serve', '--log-format=json']],
    ['backup a-f\t', ['backup', 'a-file.txt']],
  ]
}

/** Types the lines one after the other, each once the one before was carried out. */
async function typed(t: Test, shell: Shell, folder: string, lines: readonly string[]) {
  const file = join(folder, 'given')
  const { start } = SHELLS[shell]
  const child = spawn('script', ['-qfec', start, '/dev/null'], {
    cwd: folder,
    env: { HOME: folder, PATH: `${folder}:/usr/bin:/bin`, TERM: 'xterm', LANG: 'C.UTF-8' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const given = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  const rest = [...lines]
  let asked = 0
  let screen = ''
  const next = (): void => {
    if (given().length < asked) return
    const line = rest.shift()
    asked++
    if (line === undefined) child.stdin.end('exit\n')
    else child.stdin.write(`${line}\n`)
  }
  child.stdout.on('data', (bytes) => {
    screen += String(bytes)
    next()
  })
  await new Promise((resolve) => child.on('close', resolve))
  return { given: given().map((line) => JSON.parse(line) as string[]), screen }
}

for (const shell of Object.keys(SHELLS) as Shell[]) {
  const missing = [shell, 'script'].find((each) => spawnSync(each, ['--version']).status !== 0)
  const skip = missing !== undefined && `${missing} is not installed`
  t.test(`${shell} completes what is typed, and runs nothing of a name`, { skip }, async (t) => {
    const home = await startHome(t)
    const serials = NAMES.map((_, index) => `02AA01AC1234${index}00${index}`)
    for (const [index, serial] of serials.entries()) {
      await home.paired({ serial, name: NAMES[index] ?? '' })
    }
    const { stdout: script } = await nle(['completion', shell])
    const folder = t.testdir({ script, 'a-file.txt': '' })
    // What a person carries out is written down; what the script asks goes to the program.
    writeFileSync(
      join(folder, 'nle'),
      `#!/bin/sh
if [ "$1" = __complete ]; then
  export NLE_SERVER='${home.server.controlUrl}'
  exec '${process.execPath}' '${PROGRAM}' "$@"
fi
exec '${process.execPath}' -e 'require("fs").appendFileSync("given", JSON.stringify(process.argv.slice(1)) + "\\n")' -- "$@"
`,
    )
    chmodSync(join(folder, 'nle'), 0o755)
    const expected = rows(serials)
    const lines = [
      `${SHELLS[shell].take('./script')}; nle ready`,
      ...expected.map(([keys]) => `nle ${keys}`),
    ]
    const { given, screen } = await typed(t, shell, folder, lines)
    t.equal(given.length, lines.length, screen)
    for (const [index, [keys, args]] of expected.entries()) {
      t.strictSame(given[index + 1], args, JSON.stringify(keys))
    }
    t.notOk(existsSync(join(folder, 'ran')), 'no name was run')
  })
}
