// Bundles the program into CommonJS files, the parts of the executable.
//   node scripts/bundle.mjs <folder>
// writes main.cjs, which loads the others; nle.cjs, the program; matter-bridge.cjs, the process of the Matter bridge;
// one file for each package of APART; and the files of the web page, in the folder web.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePage } from '../src/server/control/web/bundle.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const esbuild = createRequire(import.meta.url)('esbuild')
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node scripts/bundle.mjs <folder>\n')
  process.exit(2)
}

/** Large packages that few commands need: parts of their own, so that other commands start faster. */
const APART = ['undici', 'inquirer', 'mqtt', 'prom-client', 'bonjour-service']

/** The commit, for `nle --version`; a packager who builds from a tarball may set NLE_COMMIT instead. */
function commit() {
  if (process.env.NLE_COMMIT) return process.env.NLE_COMMIT
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const hash = git('rev-parse', '--short=7', 'HEAD').trim()
    return git('status', '--porcelain', '--untracked-files=no') === '' ? hash : `${hash}-dirty`
  } catch {
    return 'unknown'
  }
}

/**
 * better-sqlite3 searches the disk for its addon, with a require() that no bundler can follow. In the
 * executable, src/store/sqlite/native-binding.ts always passes the addon in.
 */
const passedInAddon = {
  name: 'passed-in-addon',
  setup(build) {
    build.onLoad({ filter: /[\\/]better-sqlite3[\\/]lib[\\/]binding\.js$/ }, () => ({
      loader: 'js',
      contents: `exports.getBinding = (addon) => {
        if (addon === null || typeof addon !== 'object') throw new Error('better-sqlite3 was opened without nativeBinding')
        return addon
      }`,
    }))
  },
}

/**
 * Writes a part as ASCII, which V8 keeps with one byte a character. In regular expressions, where esbuild leaves
 * other characters as they are, an escape means the same.
 */
async function writePart(name, options) {
  const { outputFiles } = await esbuild.build({ ...common, ...options })
  const ascii = outputFiles[0].text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  writeFileSync(join(folder, `${name}.cjs`), ascii)
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Keeps names and line breaks, so that a stack trace in a log stays readable.
  minifySyntax: true,
  legalComments: 'none',
  // The functions that main.cjs calls.
  banner: { js: '(function (require, module, exports) {' },
  footer: { js: '})' },
  write: false,
  // Inside the executable import() does not work; require() finds Node's modules and the parts.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
}

/** Removes the hashbang: the bundle is compiled as a function body, where it is a syntax error. */
const withoutHashbang = {
  name: 'without-hashbang',
  setup(build) {
    build.onLoad({ filter: /[\\/]bin[\\/]nle\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(/^#!.*/, ''),
    }))
  },
}

/** The Matter bridge is a part of its own, which only its process loads. */
const BRIDGE = 'src/matter/program.ts'
const bridgeApart = {
  name: 'bridge-apart',
  setup(build) {
    build.onResolve({ filter: /[\\/]matter[\\/]program\.ts$/ }, () => ({
      path: 'matter-bridge',
      external: true,
    }))
  },
}

/** Matter has a driver for Bun's database, which Node does not know and nle does not use. */
const withoutBun = {
  name: 'without-bun',
  setup(build) {
    build.onResolve({ filter: /^bun:sqlite$/ }, ({ path }) => ({ path, namespace: 'without-bun' }))
    build.onLoad({ filter: /.*/, namespace: 'without-bun' }, () => ({
      contents: 'export class Database {}; export const constants = {}',
    }))
  },
}

mkdirSync(join(folder, 'web'), { recursive: true })
copyFileSync(join(root, 'scripts/executable/main.cjs'), join(folder, 'main.cjs'))
await writePart('nle', {
  entryPoints: ['bin/nle.ts'],
  define: {
    NLE_BUILD_COMMIT: JSON.stringify(commit()),
    // There are no folders inside the executable.
    'import.meta.dirname': 'undefined',
  },
  // The web page is put together here, and embedded.
  external: [...APART, 'esbuild'],
  plugins: [withoutHashbang, passedInAddon, bridgeApart],
})
await writePart('matter-bridge', {
  entryPoints: [BRIDGE],
  // A megabyte of blanks. Matter looks for some of its classes by their names.
  minifyWhitespace: true,
  keepNames: true,
  plugins: [withoutBun],
})
for (const name of APART) {
  await writePart(name, {
    stdin: {
      contents: `export * from '${name}'; export { default } from '${name}'`,
      resolveDir: root,
    },
  })
}

for (const [name, bytes] of await bundlePage(join(root, 'src/web'))) {
  writeFileSync(join(folder, 'web', name), bytes)
}
