import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What a file imports: a path from the root for our own files, the bare name otherwise. */
interface Source {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

const SOURCES: readonly Source[] = ['bin', 'src'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name))),
)

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  // Static and dynamic imports, re-exports, and imports for their effect alone.
  const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)]
  const imports = specifiers.map(([, specifier = '']) =>
    specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), specifier)) : specifier,
  )
  return { path, text, imports }
}

/** The room a file is in: `src/server` of `src/server/device/put.ts`, `bin`, or a leaf's own path. */
function roomOf(path: string): string {
  const [top = '', room = '', ...rest] = path.split('/')
  return top === 'src' && rest.length > 0 ? `${top}/${room}` : top === 'src' ? path : top
}

/** Files outside the rooms that everybody may import; they import only each other. */
const LEAVES = ['src/errors.ts', 'src/version.ts']
const CONFIG = ['src/config.ts', 'src/config-parsers.ts']

/** bin → commands → server → store → protocol: what each room may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bin: ['src/commands'],
  'src/commands': [
    'src/server',
    'src/import',
    'src/store',
    'src/api',
    'src/protocol',
    'src/virtual',
    ...CONFIG,
    ...LEAVES,
  ],
  'src/import': ['src/store', 'src/protocol', ...LEAVES],
  'src/server': ['src/store', 'src/api', 'src/protocol', ...CONFIG, ...LEAVES],
  'src/store': ['src/protocol', ...LEAVES],
  'src/api': ['src/protocol', ...LEAVES],
  'src/protocol': LEAVES,
  'src/virtual': LEAVES,
}

/** Every import of one of our own files by another. */
const EDGES = SOURCES.flatMap(({ path, imports }) =>
  imports.filter((each) => /^(src|bin)\//.test(each)).map((target) => ({ path, target })),
)

t.test('the sources are found and read', async (t) => {
  t.ok(SOURCES.length > 100)
  t.ok(EDGES.length > SOURCES.length)
  const known = new Set(SOURCES.map(({ path }) => path))
  for (const { path, target } of EDGES) t.ok(known.has(target), `${path} imports ${target}`)
})

t.test('imports go one way: bin → commands → server → store → protocol', async (t) => {
  const rooms = new Set(SOURCES.map(({ path }) => roomOf(path)))
  for (const room of rooms) {
    const isKnown = Object.hasOwn(MAY_IMPORT, room) || [...LEAVES, ...CONFIG].includes(room)
    t.ok(isKnown, `${room} has a place in the house`)
  }
  for (const { path, target } of EDGES) {
    const [from, to] = [roomOf(path), roomOf(target)]
    if (from === to || MAY_IMPORT[from] === undefined) continue
    t.ok(MAY_IMPORT[from].includes(to), `${path} imports ${target}`)
  }
})

t.test('errors and version import nothing of ours; the configuration only rules', async (t) => {
  for (const { path, target } of EDGES) {
    if (LEAVES.includes(path)) t.fail(`${path} imports ${target}`)
    if (CONFIG.includes(path)) {
      const allowed = [...LEAVES, ...CONFIG, 'src/protocol']
      t.ok(allowed.includes(roomOf(target)), `${path} imports ${target}`)
    }
  }
})

t.test('the two listeners never import each other', async (t) => {
  const device = /^src\/server\/device\//
  const control = /^src\/server\/control\//
  for (const { path, target } of EDGES) {
    t.notOk(device.test(path) && control.test(target), `${path} imports ${target}`)
    t.notOk(control.test(path) && device.test(target), `${path} imports ${target}`)
  }
})

t.test('the table of the control API can run in a browser', async (t) => {
  for (const { path, imports } of SOURCES.filter(({ path }) => path.startsWith('src/api/'))) {
    for (const name of imports) t.match(name, /^src\/(api|protocol)\//, `${path} imports ${name}`)
  }
  const users = /^src\/(api|server\/control|commands\/client)\//
  for (const { path, target } of EDGES.filter(({ target }) => target.startsWith('src/api/'))) {
    t.match(path, users, `${path} imports ${target}`)
  }
})

t.test('the rules know no clock, no chance, no world', async (t) => {
  const rules = SOURCES.filter(({ path }) => path.startsWith('src/protocol/'))
  t.ok(rules.length > 20)
  for (const { path, text, imports } of rules) {
    for (const name of imports) t.match(name, /^src\//, `${path} imports ${name}`)
    const code = withoutComments(text)
    const worldly =
      /\b(Date\.now|new Date\(\)|Math\.random|performance|crypto|process|setTimeout|setInterval|setImmediate|queueMicrotask|console)\b|\bfetch\(/
    t.notMatch(code, worldly, path)
  }
})

t.test('the virtual thermostat takes its time from whoever drives it', async (t) => {
  for (const { path, text } of SOURCES) {
    if (!path.startsWith('src/virtual/') || path === 'src/virtual/timers.ts') continue
    t.notMatch(
      withoutComments(text),
      /\b(Date\.now|Math\.random|performance\.now|setTimeout)\b/,
      path,
    )
  }
})

t.test('nobody imports in a circle', async (t) => {
  const targets = new Map(SOURCES.map(({ path, text }) => [path, staticImports(path, text)]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      t.fail([...trail.slice(trail.indexOf(path)), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  t.ok(
    SOURCES.every(({ path }) => done.has(path)),
    'every file was looked at',
  )
})

/** Imports that are there when the program runs: types are gone by then. */
function staticImports(path: string, text: string): string[] {
  const statements = [
    ...text.matchAll(/^(?:import|export)\s+(?!type\b)([^']*?)from\s+'(\.[^']+)'/gm),
  ]
  return statements
    .filter(([, names = '']) => !isTypesAlone(names))
    .map(([, , specifier = '']) => relative(ROOT, join(ROOT, dirname(path), specifier)))
}

/** `{ type A, type B }` */
function isTypesAlone(names: string): boolean {
  const inside = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
  const each = inside?.split(',').map((name) => name.trim()) ?? []
  return inside !== undefined && each.every((name) => name === '' || name.startsWith('type '))
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}
