// Bundles the program to CommonJS files, the parts the executable carries.
//   node scripts/bundle.mjs <folder>
// puts there main.cjs, which starts the others; nle.cjs, the program; and a file for each package below.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const esbuild = createRequire(import.meta.url)('esbuild')
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: node scripts/bundle.mjs <folder>\n')
  process.exit(2)
}

/** Large, and needed by few commands: parts of their own, so that the others start without them. */
const APART = ['undici', 'inquirer', 'mqtt']

/** The commit, for `nle --version`; a packager building from a tarball may give NLE_COMMIT instead. */
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
 * better-sqlite3 searches the disk for its addon, with a require() no bundler can follow. In the
 * executable the addon is always handed in (src/store/native-binding.ts), so nothing is searched.
 */
const handedInAddon = {
  name: 'handed-in-addon',
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

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Names and line breaks stay: a stack trace in somebody's log has to lead somewhere.
  minifySyntax: true,
  legalComments: 'none',
  // Inside the executable import() finds nothing; require() finds Node's own modules and the parts.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
}

/** The bundle is compiled as the body of a function, where the line for the shell is no comment. */
const withoutHashbang = {
  name: 'without-hashbang',
  setup(build) {
    build.onLoad({ filter: /[\\/]bin[\\/]nle\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace(/^#!.*/, ''),
    }))
  },
}

await esbuild.build({
  ...common,
  entryPoints: ['bin/nle.ts'],
  outfile: join(folder, 'nle.cjs'),
  define: {
    NLE_BUILD_COMMIT: JSON.stringify(commit()),
    // There are no folders inside the executable.
    'import.meta.dirname': 'undefined',
  },
  external: APART,
  plugins: [withoutHashbang, handedInAddon],
})
await esbuild.build({
  ...common,
  entryPoints: ['scripts/executable/main.cjs'],
  outfile: join(folder, 'main.cjs'),
})
for (const name of APART) {
  await esbuild.build({
    ...common,
    stdin: {
      contents: `export * from '${name}'; export { default } from '${name}'`,
      resolveDir: root,
    },
    outfile: join(folder, `${name}.cjs`),
  })
}
