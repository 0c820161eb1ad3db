import { readFileSync } from 'node:fs'
import t from 'tap'
import { SETTINGS } from '../src/config.ts'

t.test('docs/configuration.md tells of every setting as the program has it', async (t) => {
  const text = readFileSync('docs/configuration.md', 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `[A-Z0-9_]+` \| (`--|- )/.test(line))
  const expected = Object.values(SETTINGS).map(({ env, flag, fallback, help }) => {
    const shown = fallback === undefined || fallback === '' ? '-' : `\`${fallback}\``
    const option = flag === undefined ? '-' : `\`${flag.replaceAll('|', '\\|')}\``
    return `| \`${env}\` | ${option} | ${shown} | ${help} |`
  })
  t.strictSame(rows, expected)
})
