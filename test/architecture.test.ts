import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

// The rules that keep the tree easy to see: which room may import which, and how files are named.
// Every import counts, type imports included. Each table below is one rule.

/** Leaves: files that every room may use. */
const LEAVES = ['src/errors.ts', 'src/version.ts']
const CONFIG = ['src/config.ts', 'src/config-parsers.ts']

interface Room {
  /** What its files may import besides each other. */
  readonly may: readonly string[]
  readonly because: string
}

/** bin → commands → server → store → protocol, and the rooms beside this line. */
const ROOMS: Readonly<Record<string, Room>> = {
  bin: { may: ['src/commands'], because: 'it only starts the program' },
  'src/commands': {
    may: [
      'src/server',
      'src/import',
      'src/virtual',
      'src/matter',
      'src/store',
      'src/api',
      'src/protocol',
      ...CONFIG,
      ...LEAVES,
    ],
    because: 'verbs put everything else to use',
  },
  'src/server': {
    may: ['src/store', 'src/api', 'src/protocol', ...CONFIG, ...LEAVES],
    because: 'the server does not know the command line that starts it',
  },
  'src/import': {
    may: ['src/store', 'src/protocol', ...LEAVES],
    because: 'the one-time import can be deleted as a whole',
  },
  'src/store': {
    may: ['src/protocol', ...LEAVES],
    because: 'a store keeps what others decide',
  },
  'src/matter': {
    may: ['src/protocol', ...LEAVES],
    because: 'the Matter bridge runs in a process of its own, beside the server',
  },
  'src/virtual': {
    may: LEAVES,
    because: 'the virtual thermostat must not share a mistake with the server',
  },
  'src/web': {
    may: ['src/api', 'src/protocol', ...LEAVES],
    because: 'it runs in a browser',
  },
  'src/api': {
    may: ['src/protocol', ...LEAVES],
    because: 'server, command line and browser share it',
  },
  'src/protocol': { may: LEAVES, because: 'the rules stand alone' },
  'src/config.ts': { may: ['src/protocol', ...CONFIG, ...LEAVES], because: 'every room uses it' },
  'src/config-parsers.ts': { may: ['src/protocol', ...LEAVES], because: 'every room uses it' },
  'src/errors.ts': { may: [], because: 'every room uses it' },
  'src/version.ts': { may: [], because: 'every room uses it' },
}

/** One room per thing that listens to what changed. */
const LISTENER: Room = {
  may: ['core', 'thermostats', 'pairing'],
  because: 'a listener works without any endpoint',
}

/** Below src/server/: what each room may import of the others there. The loose files see them all. */
const SERVER_ROOMS: Readonly<Record<string, Room>> = {
  core: { may: [], because: 'the kit of every room knows no endpoint' },
  http: { may: ['core'], because: 'the kit of both listeners knows no endpoint' },
  lan: { may: ['core', 'http'], because: 'addresses and scans know no endpoint' },
  thermostats: { may: ['core'], because: 'it works without a socket' },
  pairing: { may: ['core', 'thermostats'], because: 'it works without a socket' },
  cluster: {
    may: ['core', 'thermostats', 'pairing'],
    because: 'what several processes agree on is the same for any listener',
  },
  mqtt: LISTENER,
  matter: LISTENER,
  history: LISTENER,
  notify: LISTENER,
  metrics: LISTENER,
  supervisor: {
    may: ['core', 'http'],
    because: 'an add-on of Home Assistant is a server with one more listener',
  },
  backup: { may: ['core'], because: 'a backup is of the database, whatever it holds' },
  device: {
    may: ['core', 'http', 'lan', 'thermostats', 'pairing'],
    because: 'port 8000 is blind to port 8082',
  },
  doctor: {
    may: ['core', 'http', 'lan', 'thermostats'],
    because: 'a command makes the same checks where no server runs',
  },
  control: {
    may: [
      ...['core', 'http', 'lan', 'thermostats', 'pairing', 'doctor', 'cluster'],
      ...['mqtt', 'matter', 'history', 'notify', 'metrics'],
    ],
    because: 'port 8082 is blind to port 8000',
  },
}

/** Rooms that only these may import. */
const ONLY_FOR: Readonly<Record<string, Room>> = {
  'src/store/sqlite/tables': { may: ['src/store'], because: 'tables belong to one engine' },
  // The existing server keeps its data in SQLite, whatever engine nle has.
  'src/store/sqlite': {
    may: ['src/store', 'src/import/reader.ts'],
    because: 'the store is a port with several engines',
  },
  'src/store/postgres': {
    may: ['src/store/open-shared.ts'],
    because: 'only a store on PostgreSQL loads it',
  },
  'src/api': {
    may: ['src/server/control', 'src/commands/client', 'src/web'],
    because: 'it describes the control API and nothing else',
  },
}

/** Rooms of plain functions: no `node:`, no package, and nothing that CLOCK_CHANCE_WORLD finds. */
const PURE_ROOMS = ['src/protocol', 'src/api']
/** Rooms that run in a browser: no `node:`. */
const BROWSER_ROOMS = ['src/web', ...PURE_ROOMS]

const CLOCK_CHANCE_WORLD =
  /\b(Date\.now|new Date\(\)|Math\.random|performance|crypto|process|setTimeout|setInterval|setImmediate|queueMicrotask|console)\b|\bfetch\(/
const SQL =
  /\b(SELECT|INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|PRAGMA)\b|better-sqlite3|'pg'/

const MAX_LOOSE_FILES = 25
/** One file per verb, each named after its verb: many files, and names that others may have too. */
const VERBS = 'src/commands/verbs'
/** In these rooms a file has the name of its endpoint, which the server's own room may have too. */
const NAMED_BY_ENDPOINT = [VERBS, 'src/server/device', 'src/server/control']

interface Source {
  readonly path: string
  /** Without comments. */
  readonly code: string
  /** Paths from the root for our own files, the bare name for anything else. */
  readonly imports: readonly string[]
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES: readonly Source[] = ['bin', 'src'].flatMap(filesBelow).filter(isCode).map(read)
/** Every import of a TypeScript file by another. */
const EDGES = SOURCES.flatMap(({ path, imports }) =>
  imports.filter(isCode).map((target) => ({ path, target })),
)

t.test('the sources are found, and every import leads to one of them', async (t) => {
  t.ok(SOURCES.length > 100)
  t.ok(EDGES.length > SOURCES.length)
  const known = new Set(SOURCES.map(({ path }) => path))
  none(t, EDGES.filter(({ target }) => !known.has(target)).map(arrow))
})

t.test('every source belongs to a room', async (t) => {
  const isHoused = ({ path }: Source) => isIn(path, Object.keys(ROOMS))
  none(t, SOURCES.filter((source) => !isHoused(source)).map(pathOf))
  const inServer = SOURCES.filter(({ path }) => /^src\/server\/.*\//.test(path))
  const rooms = Object.keys(SERVER_ROOMS).map((room) => `src/server/${room}`)
  none(t, inServer.filter(({ path }) => !isIn(path, rooms)).map(pathOf))
})

for (const [room, { may, because }] of Object.entries(ROOMS)) {
  t.test(`${room} imports only what it may: ${because}`, async (t) => {
    const foreign = EDGES.filter(({ path }) => isIn(path, [room]))
    none(t, foreign.filter(({ target }) => !isIn(target, [room, ...may])).map(arrow))
  })
}

for (const [name, { may, because }] of Object.entries(SERVER_ROOMS)) {
  t.test(`src/server/${name} imports only what it may: ${because}`, async (t) => {
    const rooms = [name, ...may].map((each) => `src/server/${each}`)
    const inside = EDGES.filter(({ path }) => isIn(path, [`src/server/${name}`]))
    const ofServer = inside.filter(({ target }) => isIn(target, ['src/server']))
    none(t, ofServer.filter(({ target }) => !isIn(target, rooms)).map(arrow))
  })
}

for (const [room, { may, because }] of Object.entries(ONLY_FOR)) {
  t.test(`${room} is imported only where it may be: ${because}`, async (t) => {
    const users = EDGES.filter(({ target }) => isIn(target, [room]))
    none(t, users.filter(({ path }) => !isIn(path, [room, ...may])).map(arrow))
  })
}

t.test('src/commands has no SQL: the store is asked in words', async (t) => {
  none(t, matching(['src/commands'], SQL))
})

t.test('the pure rooms know no clock, no chance, no world: their tests need none', async (t) => {
  none(t, matching(PURE_ROOMS, CLOCK_CHANCE_WORLD))
  none(t, importsOf(PURE_ROOMS, /^(?!src\/)/))
})

t.test('only src/matter imports Matter: no other process may load so much', async (t) => {
  const elsewhere = ({ path }: Source) => !isIn(path, ['src/matter'])
  const users = SOURCES.filter(elsewhere).filter(({ imports }) =>
    imports.some((each) => each.startsWith('@matter/')),
  )
  none(t, users.map(pathOf))
})

t.test('what runs in a browser imports no `node:`', async (t) => {
  none(t, importsOf(BROWSER_ROOMS, /^node:/))
})

t.test('the virtual thermostat gets its time from its driver', async (t) => {
  const found = matching(
    ['src/virtual'],
    /\b(Date\.now|Math\.random|performance\.now|setTimeout)\b/,
  )
  none(
    t,
    found.filter((each) => !each.startsWith('src/virtual/timers.ts')),
  )
})

t.test('no import circle: each file can be read after those it imports', async (t) => {
  const targets = Map.groupBy(EDGES, ({ path }) => path)
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const { target } of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of SOURCES) visit(path, [])
  none(t, circles)
})

t.test(
  `no folder has more than ${MAX_LOOSE_FILES} loose files: it is seen at a glance`,
  async (t) => {
    const folders = Map.groupBy(['src', 'test'].flatMap(filesBelow), dirname)
    none(
      t,
      [...folders]
        .filter(
          ([folder, files]) => files.length > MAX_LOOSE_FILES && !folder.endsWith('commands/verbs'),
        )
        .map(([folder, files]) => `${folder} has ${files.length} files`),
    )
  },
)

t.test('no two files of src share a name: a file is found by its subject', async (t) => {
  const named = SOURCES.filter(
    ({ path }) => basename(path) !== 'index.ts' && !isIn(path, NAMED_BY_ENDPOINT),
  )
  unique(
    t,
    named.map(({ path }) => ({ name: basename(path), path })),
  )
})

t.test('no two files export types of one name: a word has one meaning', async (t) => {
  const declared = SOURCES.flatMap(({ path, code }) =>
    [...code.matchAll(/^export (?:type|interface|(?:abstract )?class) (\w+)/gm)].map(
      ([, name = '']) => ({ name, path }),
    ),
  )
  unique(t, declared)
})

/** Fails once for each offence. */
function none(t: Test, offences: readonly string[]): void {
  for (const offence of offences) t.fail(offence)
  if (offences.length === 0) t.pass('no offence')
}

/** Fails for each name in several files. */
function unique(t: Test, found: readonly { readonly name: string; readonly path: string }[]): void {
  const shared = [...Map.groupBy(found, ({ name }) => name)].filter(([, those]) => those.length > 1)
  none(
    t,
    shared.map(([name, those]) => `${name} in ${those.map(({ path }) => path).join(' and ')}`),
  )
}

/** Whether a path is one of the rooms, or lies in one. */
function isIn(path: string, rooms: readonly string[]): boolean {
  return rooms.some((room) => path === room || path.startsWith(`${room}/`))
}

function arrow({ path, target }: { readonly path: string; readonly target: string }): string {
  return `${path} → ${target}`
}

function pathOf({ path }: Source): string {
  return path
}

/** Files of the rooms whose code matches, with the text that does. */
function matching(rooms: readonly string[], pattern: RegExp): string[] {
  return SOURCES.filter(({ path }) => isIn(path, rooms)).flatMap(({ path, code }) => {
    const match = pattern.exec(code)
    return match === null ? [] : [`${path} has ${match[0]}`]
  })
}

/** Imports of the rooms that match. */
function importsOf(rooms: readonly string[], pattern: RegExp): string[] {
  return SOURCES.filter(({ path }) => isIn(path, rooms)).flatMap(({ path, imports }) =>
    imports.filter((each) => pattern.test(each)).map((target) => arrow({ path, target })),
  )
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
}

function isCode(path: string): boolean {
  return /\.tsx?$/.test(path)
}

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '')
  // Static and dynamic imports, re-exports, and imports for their effect alone.
  const specifiers = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)
  const imports = [...specifiers].map(([, specifier = '']) =>
    specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), specifier)) : specifier,
  )
  return { path, code, imports }
}
