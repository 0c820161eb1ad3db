import { readFileSync } from 'node:fs'
import t from 'tap'
import { flatten, type VerbEntry, verbTable } from '../../src/commands/help/verb-table.ts'
import { buildProgram } from '../../src/commands/main.ts'
import { SETTINGS } from '../../src/config.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { memoryIo } from './memory-io.ts'

/** Written by hand; these tests hold it to what the program takes. */
const DOCS = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

const { io } = memoryIo()

function headingOf({ path, args }: VerbEntry): string {
  const words = args.map(({ name, required, variadic }) => {
    const word = variadic ? `${name}...` : name
    return required ? `<${word}>` : `[${word}]`
  })
  return `${'#'.repeat(path.length + 1)} ${[...path, ...words].join(' ')}`
}

/** The text from a heading to the next one. */
function section(heading: string): string | undefined {
  const [, after] = `${DOCS}\n`.split(`\n${heading}\n`)
  return after?.split(/^#+ /m)[0]
}

/** The rows of a table, by their first cell. */
function rowsOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^\| `(.+?)` \| (.*) \|$/gm)].map(([, key = '', cell = '']) => [key, cell]),
  )
}

const [EVERY = '', MANY = ''] = (section('## What all commands have in common') ?? '').split(
  '\n| of many commands | |\n',
)
const SHARED = rowsOf(MANY)
/** By flags; test/configuration-docs.test.ts holds their own page to them. */
const SETTING_HELP = new Map(
  Object.values(SETTINGS).flatMap(({ flag, help }) => (flag === undefined ? [] : [[flag, help]])),
)

type Option = VerbEntry['options'][number]

/** A setting that the verb takes as `nle serve` does. */
function isSetting({ flags, summary }: Option): boolean {
  const help = SETTING_HELP.get(flags)
  return help !== undefined && summary.startsWith(help)
}

function isShared({ flags, summary }: Option): boolean {
  return SHARED.get(flags) === summary
}

t.test('docs/cli.md documents every verb, argument and option, and nothing else', async (t) => {
  const [program, ...verbs] = flatten(verbTable(await buildProgram(io)))
  t.ok(verbs.length > 15)
  for (const verb of verbs) {
    const heading = headingOf(verb)
    const text = section(heading)
    t.ok(text !== undefined, heading)
    const options = verb.options.filter(({ long }) => long !== '--help')
    const own = options.filter((option) => !isShared(option) && !isSetting(option))
    const names = own.map(({ flags }) => `\`${flags}\``).join(', ')
    const expected = names === '' ? undefined : `Options: ${names}.`
    t.equal(text?.match(/^Options: .*$/m)?.[0], expected, `the options under ${heading}`)
  }
  t.strictSame(
    [...rowsOf(EVERY)],
    program?.options.map(({ flags, summary }) => [flags, summary]),
  )
  const headings = DOCS.match(/^#+ nle .*$/gm) ?? []
  t.strictSame(headings, verbs.map(headingOf), 'in the order of the help')
})

t.test('docs/cli.md documents every exit code', async (t) => {
  const text = section('## Exit codes') ?? ''
  const rows = [...text.matchAll(/^\| (\d+) \| `(\w+)` \| .+ \|$/gm)]
  const documented = rows.map(([, exit, code]) => [code, Number(exit)])
  const actual = Object.entries(ERROR_CODES).map(([code, { exit }]) => [code, exit])
  t.strictSame(documented.sort(), actual.sort())
})

t.test('docs/cli.md links only to files that exist', async (t) => {
  for (const [, path = ''] of DOCS.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
    t.doesNotThrow(() => readFileSync(new URL(`../../docs/${path}`, import.meta.url)), path)
  }
})
