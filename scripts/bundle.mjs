// Bundles the program to one CommonJS file, the form a single executable starts from.
//   node scripts/bundle.mjs <out file>
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const esbuild = createRequire(import.meta.url)('esbuild')
const [outfile] = process.argv.slice(2)
if (outfile === undefined) {
  process.stderr.write('Usage: node scripts/bundle.mjs <out file>\n')
  process.exit(2)
}

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

await esbuild.build({
  absWorkingDir: root,
  entryPoints: ['bin/nle.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Names and line breaks stay: a stack trace in somebody's log has to lead somewhere.
  minifySyntax: true,
  legalComments: 'none',
  define: { NLE_BUILD_COMMIT: JSON.stringify(commit()) },
  plugins: [handedInAddon],
  logLevel: 'warning',
})
