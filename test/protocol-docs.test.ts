import { globSync, readFileSync } from 'node:fs'
import t from 'tap'

const PAGE = 'docs/protocol.md'
const PAGE_TEXT = readFileSync(PAGE, 'utf8')

/** Rules that are agreed and that no test can prove yet, with the reason. */
const NOT_BUILT: Readonly<Record<string, string>> = {}

/** A label as a word of its own; `V8` is a JavaScript engine too, so V labels need their marks. */
const LABEL = /(?<![%\w$])(?:[IEPSUD]\d{1,2}(?!\w)|(?<=[`(']|, )V\d{1,2}(?=[`,:)']))/g
const TEST_NAME = /\bt\.test\(\s*(['"`])(.*?)\1/gs

function labelsIn(text: string): string[] {
  return text.match(LABEL) ?? []
}

function filesIn(...patterns: string[]): string[] {
  return patterns.flatMap((pattern) => globSync(pattern)).sort()
}

const CITING = filesIn(
  '{src,test,bench}/**/*.{ts,mjs}',
  'docs/*.md',
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
).filter((path) => path !== PAGE && path !== 'test/protocol-docs.test.ts')

const explained = [...PAGE_TEXT.matchAll(/^- \*\*([A-Z]\d+)\*\* \S/gm)].map(
  ([, label = '']) => label,
)

t.test('docs/protocol.md explains each label once, in order', async (t) => {
  const groups = Map.groupBy(explained, (label) => label.charAt(0))
  for (const [group, labels] of groups) {
    t.strictSame(
      labels,
      labels.map((_, i) => `${group}${i + 1}`),
    )
  }
  t.strictSame([...groups.keys()].sort().join(''), 'DEIPSUV')
})

t.test('docs/protocol.md explains every label that is cited', async (t) => {
  const unknown = [PAGE, ...CITING].flatMap((path) =>
    labelsIn(readFileSync(path, 'utf8'))
      .filter((label) => !explained.includes(label))
      .map((label) => `${path}: ${label}`),
  )
  t.strictSame(unknown, [])
})

t.test('docs/protocol.md has every section that code and tests cite by number', async (t) => {
  const sections = [...PAGE_TEXT.matchAll(/^## (\d+)\. /gm)].map(([, number]) => number)
  const unknown = CITING.filter((path) => !path.endsWith('.md')).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/(?:\bsection |'§)(\d+)\b/gi)]
      .filter(([, number]) => !sections.includes(number))
      .map(([cited]) => `${path}: ${cited}`),
  )
  t.strictSame(unknown, [])
})

t.test('every rule is in the name of a test, except those that are not built', async (t) => {
  // The tests of the virtual thermostat prove that it notices a broken rule, not that nle keeps it.
  const names = filesIn('test/**/*.test.ts')
    .filter((path) => CITING.includes(path) && !path.startsWith('test/virtual/'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(TEST_NAME)])
    .map(([, quote = '', name = '']) => quote + name)
  const proven = new Set(names.flatMap(labelsIn))
  const unproven = explained.filter((label) => !proven.has(label))
  t.strictSame(unproven.sort(), Object.keys(NOT_BUILT).sort())
})
