import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { CTRL_C, nothingRuns } from './person.ts'

const PROGRAM = fileURLToPath(new URL('../../../bin/nle.ts', import.meta.url))
const skip =
  spawnSync('script', ['--version']).status !== 0 && 'script is not installed (Debian: bsdutils)'

/** Runs `nle setup` on a real terminal; types each text once the screen shows another one. */
async function onTerminal(
  t: Test,
  typed: readonly (readonly [shown: string, typed: string])[],
  env: Readonly<Record<string, string>> = {},
) {
  const home = t.testdir({})
  const command = `'${process.execPath}' '${PROGRAM}' setup`
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: home,
    env: {
      ...(await nothingRuns(`${home}/nle.sqlite`)),
      HOME: home,
      PATH: '/usr/bin:/bin',
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      ...env,
    },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const rest = [...typed]
  let screen = ''
  child.stdout.on('data', (bytes) => {
    screen += String(bytes)
    const [next] = rest
    if (next === undefined || !screen.includes(next[0])) return
    rest.shift()
    child.stdin.write(next[1])
  })
  const exitCode = await new Promise((resolve) => child.on('close', resolve))
  return { exitCode, screen }
}

/** A colour, as opposed to what moves the cursor. */
const COLOUR = /\[[1-9][\d;]*m/

t.test('on a real terminal it goes on by Enter, and ends by Ctrl-C', { skip }, async (t) => {
  const { exitCode, screen } = await onTerminal(t, [
    ['navigate', '\r'],
    ['2 of 6', CTRL_C],
  ])
  t.equal(exitCode, 130)
  t.match(screen, /1 of 6.*2 of 6.*Stopped\. What is done stays done/s)
  t.match(screen, COLOUR)
})

t.test('NO_COLOR takes the colours away', { skip }, async (t) => {
  const { exitCode, screen } = await onTerminal(t, [['navigate', CTRL_C]], { NO_COLOR: '1' })
  t.equal(exitCode, 130)
  t.notMatch(screen, COLOUR)
})
