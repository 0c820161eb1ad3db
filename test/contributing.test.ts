import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')

/** Number of source files by folder, as the tree prints it. */
function printedTree(): Map<string, number> {
  const [, tree = ''] = /<!-- tree -->\n```text\n([\s\S]*?)```/.exec(PAGE) ?? []
  const trail: string[] = []
  return new Map(
    tree
      .trim()
      .split('\n')
      .map((line) => {
        const [, indent = '', name = '', files = ''] = /^( *)(\S+)\/ +(\d+) {2}/.exec(line) ?? []
        trail.splice(indent.length / 2, Number.POSITIVE_INFINITY, name)
        return [trail.join('/'), Number(files)] as const
      })
      // A folder of folders has no files of its own.
      .filter(([, files]) => files > 0),
  )
}

function realTree(): Map<string, number> {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => dirname(join('src', name)))
  return new Map(
    [...Map.groupBy(files, (folder) => folder)].map(([name, all]) => [name, all.length]),
  )
}

t.test('the tree in CONTRIBUTING.md is the tree of src/', async (t) => {
  t.strictSame([...printedTree()].sort(), [...realTree()].sort())
})

t.test('every file that CONTRIBUTING.md names is there', async (t) => {
  const named = [...PAGE.matchAll(/`((?:\w[\w-]*\/)+[\w-]+\.(?:ts|mjs|json|md))`/g)]
  t.ok(named.length > 20)
  for (const [, path = ''] of named) {
    t.ok(existsSync(join(ROOT, path)) || existsSync(join(ROOT, 'src', path)), path)
  }
})
